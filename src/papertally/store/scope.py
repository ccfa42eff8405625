"""What part of the workspace a command is about."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """A venue and years; both empty means everything."""

    venue: str = ""
    years: tuple[int, ...] = ()

    def sql(self, table: str = "paper") -> tuple[str, list[str | int]]:
        """Give the condition on a table with the columns `venue` and `year`, and its parameters."""
        conditions, parameters = ["1"], list[str | int]()
        if self.venue:
            conditions.append(f"{table}.venue = ?")
            parameters.append(self.venue)
        if self.years:
            conditions.append(f"{table}.year IN ({','.join('?' * len(self.years))})")
            parameters.extend(self.years)
        return " AND ".join(conditions), parameters

    def __str__(self) -> str:
        return " ".join([self.venue, *map(str, self.years)]).strip() or "everything"
