"""Image classification: which of a fixed list of classes does an image show?"""
