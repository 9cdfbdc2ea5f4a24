"""Where thoughts are read from: files of records, mapped onto the table's columns, loaded in batches."""
