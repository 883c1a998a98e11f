"""Carrying finished mails to mail servers; nothing else here opens a socket."""
