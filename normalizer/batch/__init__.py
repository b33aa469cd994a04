"""Files of mentions in, files of resolutions out: the batch journey."""
