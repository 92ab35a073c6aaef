"""Who lives under one roof, worked out from who lives with whom."""


class Households:
    """Groups of people joined by living together; a person nobody lives with is a home alone.

    The name of a home is the smallest name in it, so the same links in any order give the same
    homes. Two parents who live apart are two homes, and their child belongs to the one it is said
    to live in; where it lives in both, the homes are one: one household hears one voice.
    """

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def of(self, person: str) -> str:
        """Return the name of a person's home."""
        self._above.setdefault(person, person)
        top = person
        while self._above[top] != top:
            self._above[top] = self._above[self._above[top]]
            top = self._above[top]
        return top

    def join(self, one: str, other: str) -> None:
        """Say that two people live together."""
        first, second = sorted((self.of(one), self.of(other)))
        self._above[second] = first
