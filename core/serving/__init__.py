"""Running loaded models: predictors and their options and results, the pool, decoders that applications share."""
