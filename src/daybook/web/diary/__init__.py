"""The diary's page: everybody's entries as a month, a week, a day, an agenda or a team."""
