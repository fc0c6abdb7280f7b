"""The portal's pages. Each file is one page of the navigation in `main.py`; `_ui` is what they share."""
