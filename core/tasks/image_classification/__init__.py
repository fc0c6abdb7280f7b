"""Image classification: which of a fixed list of classes does a picture show?"""
