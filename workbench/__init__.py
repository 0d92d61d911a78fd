"""Everything of Thaw but the screens; this top level never imports torch."""

__version__ = "0.1.0"
