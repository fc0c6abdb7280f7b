"""Widgets and habits that all pages share. Nothing in here knows a particular application."""
