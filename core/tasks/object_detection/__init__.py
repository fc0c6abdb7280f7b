"""Object detection: where are the things in an image, and what are they?"""
