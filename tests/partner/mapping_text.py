"""The head of a mapping of the tests, and one that tells of one thing in a row."""

HEAD = """
name = "own_table"
version = "1"
partner_type = "health_community"
when_formats = ["%d/%m/%Y %H:%M", "%d/%m/%Y"]
dob_formats = ["%d/%m/%Y"]
"""
ONE_EVENT = HEAD + 'event_type = "INFO_REQUESTED"\n[columns]\nrecord = "Ref"\nperson = "Child"\nwhen = "On"\n'
