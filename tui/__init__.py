"""The Textual screens: a client of the run folder and of the engine; never imports torch."""
