"""What the courier of the tests does besides what every courier does."""

from __future__ import annotations

from tests.couriers.letters import always, carried, mail, mails

from daybook.couriers.courier import Accepted, AccountTrouble, Refused, TryLater
from daybook.couriers.memory import MemoryCourier


def test_it_follows_its_script_and_then_accepts() -> None:
    refused, later = Refused("recipient_refused", "550 no"), TryLater("deferred", "451 later")
    courier = MemoryCourier([refused, later])

    assert carried(courier, *mails(3)) == [
        (1, refused),
        (2, later),
        (3, Accepted("250 2.0.0 Ok")),
    ]
    assert courier.delivered == [mail(3)]


def test_its_script_goes_on_in_the_next_batch() -> None:
    courier = MemoryCourier([AccountTrouble("daily_limit"), Refused("message_refused", "554 no")])

    carried(courier, *mails(2))
    carried(courier, *mails(2))

    assert courier.batches == [[1], [1, 2]]
    assert courier.delivered == [mail(2)]


def test_a_mail_whose_answer_is_lost_arrives_or_not_as_told() -> None:
    lost = TryLater("connection_lost", uncertain=True)
    arriving, vanishing = MemoryCourier([lost]), MemoryCourier([lost], lost_answers_arrive=False)

    assert carried(arriving, mail(1)) == carried(vanishing, mail(1)) == [(1, lost)]
    assert arriving.delivered == [mail(1)]
    assert vanishing.delivered == []


def test_a_batch_given_up_before_it_began_is_not_counted() -> None:
    courier = MemoryCourier()

    list(courier.carry(mails(2), lambda: False))
    list(courier.carry([], always))

    assert courier.batches == []
