"""The gRPC door: translates, validates, streams and drains. It decides nothing; answers come from the pipeline."""
