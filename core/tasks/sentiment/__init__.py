"""Sentiment: is a text negative, neutral or positive, and which of its sentences say so?"""
