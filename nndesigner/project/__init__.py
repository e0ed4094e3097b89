"""The project file: model, reader, writer, journal, migrations."""
