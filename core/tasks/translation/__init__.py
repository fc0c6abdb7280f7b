"""Translation: the same text in another language, sentence by sentence."""
