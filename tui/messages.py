"""The two messages by which the app tells the active screen that something it shows has changed."""

from textual.message import Message


class RunChanged(Message, bubble=False):
    """The attached run's view took new events (at most five times a second), or another run was attached."""


class DraftChanged(Message, bubble=False):
    """The session being edited, its model description or its data preview changed, or another was opened."""
