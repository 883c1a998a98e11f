"""Words of Daybook's templates."""
