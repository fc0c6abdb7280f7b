"""What every page is built from: address, languages, layout, charts, background work, errors in words."""
