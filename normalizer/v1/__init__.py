"""Messages and services of package normalizer.v1, generated from protos/ by protos/generate.sh."""
