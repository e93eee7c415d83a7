"""One repository per aggregate: functions over an open connection, frozen values in and out, no rules.

All ask for the organisation, and look nowhere else. The two that cannot know it yet say so: a link is found by its
token's hash, a labelled organisation by its label.
"""
