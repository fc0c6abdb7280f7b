"""The networks of our own, in torch: classifiers of texts, and the Chinese starter."""
