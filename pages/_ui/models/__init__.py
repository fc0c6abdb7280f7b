"""Model menus and cards; fetching, verifying, removing and importing weights."""
