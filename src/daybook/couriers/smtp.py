"""The courier that speaks SMTP (RFC 5321) to the mail server of one account."""

from collections.abc import Callable, Iterator, Sequence

from daybook.couriers.courier import AccountTrouble, Mail, Outcome, TryLater
from daybook.couriers.guard import Guard, ObjectionError
from daybook.couriers.pipelining import carry_chained, carry_one_by_one
from daybook.couriers.signing_in import (
    Extensions,
    SmtpAccount,
    StoppedError,
    sign_in,
)
from daybook.couriers.wire import Timeouts, Wire

__all__ = ["SmtpAccount", "SmtpCourier", "Timeouts"]

# Servers seen to offer PIPELINING without being able to; this process no longer believes them.
_one_by_one: set[tuple[str, int]] = set()


class SmtpCourier:
    """Carries mails through `account`, to wherever `guard` lets it connect.

    `ca_file` names a PEM file of certificates trusted besides the system's. Keeps the
    contract of `courier.Courier`; holds no connection between batches.
    """

    def __init__(
        self,
        account: SmtpAccount,
        guard: Guard,
        *,
        ca_file: str | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._account = account
        self._guard = guard
        self._ca_file = ca_file
        self._timeouts = timeouts or Timeouts()

    def carry(
        self, mails: Sequence[Mail], still_ours: Callable[[], bool]
    ) -> Iterator[tuple[int, Outcome]]:
        """Carry as `courier.Courier.carry` promises.

        Trouble before the first mail is begun is given as the outcome of the first mail.
        """
        if not mails:
            return
        try:
            wire = self._connect()
        except StoppedError as stopped:
            yield mails[0].key, stopped.outcome
            return
        try:
            try:
                extensions = sign_in(wire, self._account, self._ca_file)
            except StoppedError as stopped:
                wire.leave()
                yield mails[0].key, stopped.outcome
                return
            yield from self._carry_over(wire, extensions, mails, still_ours)
        finally:
            wire.close()

    def _connect(self) -> Wire:
        account = self._account
        try:
            sock = self._guard.connect(account.host, account.port, self._timeouts.connect)
        except ObjectionError as error:
            match error.objection.code:
                case "unreachable":
                    raise StoppedError(TryLater("unreachable")) from error
                case "host_unknown":
                    raise StoppedError(AccountTrouble("host_unknown")) from error
                case _:
                    raise StoppedError(AccountTrouble("host_not_allowed")) from error
        except OSError as error:
            raise StoppedError(TryLater("unreachable")) from error
        return Wire(sock, self._timeouts, account.secrets)

    def _carry_over(
        self,
        wire: Wire,
        extensions: Extensions,
        mails: Sequence[Mail],
        still_ours: Callable[[], bool],
    ) -> Iterator[tuple[int, Outcome]]:
        server = (self._account.host, self._account.port)
        tell_size = "SIZE" in extensions
        if "PIPELINING" in extensions and server not in _one_by_one:
            yield from carry_chained(
                wire,
                mails,
                still_ours,
                tell_size=tell_size,
                distrust=lambda: _one_by_one.add(server),
            )
        else:
            yield from carry_one_by_one(wire, mails, still_ours, tell_size=tell_size)
