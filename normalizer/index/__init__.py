"""The compiled, read-only gazetteer: how are names found in microseconds?"""
