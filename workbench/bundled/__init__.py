"""The checkpoint that comes with Thaw, and the scripts that made it."""
