"""Where gazetteers come from: one module per import format and per data package, and the default gazetteer."""
