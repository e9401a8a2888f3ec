"""All share links: on record and on disk before they have any effect, and over at once when they are revoked."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
import hashlib
import secrets
from typing import Final

from policy.request import PurposeOfUse
from proxy.access.caller import Caller, Shared
from proxy.access.networks import Networks
from proxy.access.refusals import SignInOver
from proxy.access.signin.sessions import Sessions
from proxy.audit.event import Event
from proxy.audit.log import AuditLog
from proxy.errors import BadRequest, LinkOver, LinkRefused, NotFound, TooOften
from proxy.resources import HeldStudy, PatientIdentifier, Uid
from proxy.settings.sharing import Sharing
from proxy.sharing import events
from proxy.sharing.codes import Codes, new_code
from proxy.sharing.delivery import Delivery
from proxy.sharing.link import Link, Maker, State
from proxy.sharing.recipient import Recipient, read_recipient
from proxy.sharing.store import LinkStore
from proxy.sharing.wish import Wish

SUBJECT: Final = "share-link"
_BYTES: Final = 32
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sharable:
    """A part of a study that its maker may share: the patient's `identifiers` and `key`, and what permitted it."""

    held: HeldStudy
    identifiers: Sequence[PatientIdentifier]
    key: str | None
    policy: str
    rules: tuple[str, ...]


class Links:
    """One change is made at a time. `clock` gives Unix seconds; `ended` hears which callers see nothing any longer.

    Whoever opens a link has a session of its own, which shows what the link is for and nothing else.
    """

    def __init__(
        self,
        settings: Sharing,
        store: LinkStore,
        audit: AuditLog,
        delivery: Delivery,
        networks: Networks,
        clock: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self.settings = settings
        self.delivery = delivery
        self.ended: Callable[[Callable[[Caller], bool]], None] = lambda _: None
        self._store = store
        self._audit = audit
        self._networks = networks
        self._clock = clock
        self._new_id = new_id
        self._codes = Codes(clock, settings.code_minutes * 60, settings.code_tries)
        self._sessions = Sessions(clock)
        self._kept: dict[str, Link] = {}
        self._by_digest: dict[str, str] = {}
        self._changing = asyncio.Lock()

    def open_store(self) -> None:
        """Take up what was kept. Raises `ConfigurationError` or `LinksUnavailable`."""
        for one in self._store.read(self.now() - timedelta(days=self.settings.kept_days)):
            self._take(one)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    @property
    def in_force(self) -> int:
        """How many links can be opened now or later."""
        now = self.now()
        return sum(one.state_at(now) in {State.GOOD, State.WAITING} for one in self._kept.values())

    def made_by(self, subject: str) -> list[Link]:
        """The newest first."""
        return self._newest(one for one in self._kept.values() if one.by.subject == subject)

    def of(self, patient: PatientIdentifier, key: str | None) -> list[Link]:
        """All links to studies of the person behind `patient`, the newest first."""
        return self._newest(one for one in self._kept.values() if one.is_of(patient, key))

    async def make(self, caller: Caller, wish: Wish, sharable: Sharable) -> tuple[Link, str]:
        """The link and its token, the only copy there is. Raises `BadRequest`, `TooOften`, and what cannot be kept."""
        recipient = read_recipient(wish.recipient)
        if recipient.channel not in self.delivery.channels:
            raise BadRequest("no code can be sent to such a recipient here")
        now = self.now()
        since = now if wish.since is None else wish.since.astimezone(UTC)
        usual = since + timedelta(days=self.settings.usual_days)
        until = usual if wish.until is None else wish.until.astimezone(UTC)
        if not now < until <= now + timedelta(days=self.settings.days) or since >= until:
            raise BadRequest(f"a link is good for {self.settings.days:g} days at most, and ends after it begins")
        token, held = secrets.token_urlsafe(_BYTES), sharable.held
        link = Link(
            id=self._new_id(),
            digest=_digest(token),
            by=Maker(caller.subject, caller.name, caller.organization, caller.patient),
            purpose=caller.purpose.value,
            study=held.study,
            series=wish.series,
            institution=held.institution,
            modalities=held.modalities,
            date=held.date,
            patient=held.patient,
            identifiers=tuple(dict.fromkeys((held.patient, *sharable.identifiers))),
            key=sharable.key or "",
            channel=recipient.channel,
            hint=recipient.hint,
            seal=recipient.seal(token),
            message=wish.message.strip(),
            made=now,
            since=since,
            until=until,
            most=wish.opens,
            policy=sharable.policy,
            rules=sharable.rules,
        )
        async with self._changing:
            self._require_seldom(caller.subject, now)
            await self._change(events.made(caller, link), link)
        return link, token

    def _require_seldom(self, subject: str, now: datetime) -> None:
        """Raises `TooOften` when `subject` has made as many links within a day as anybody may."""
        recent = sorted(one.made for one in self.made_by(subject) if one.made > now - _DAY)
        most = self.settings.per_day
        if len(recent) >= most:
            again = recent[-most] + _DAY - now
            raise TooOften(f"you have made {most} links within a day; ask the exchange", int(again.total_seconds()) + 1)

    async def send_code(self, token: str, recipient: Recipient, address: str) -> str:
        """Send a code to `recipient`, if that is whom the good link of `token` is for; nobody learns whether it is.

        The code is returned where it is shown; whoever has no such link is shown a code that opens nothing.
        """
        link = self._link_of(token)
        if link is None:
            return new_code()
        why = self._objection(link) or ("" if link.seal == recipient.seal(token) else "recipient")
        if why:
            await self._audit.record(events.refused(link, address, why))
            return new_code()
        code = self._codes.make(link.id)
        if code is not None:
            self.delivery.send(recipient, code)
        return code or new_code()

    async def open(self, token: str, code: str, address: str) -> tuple[Link, str]:
        """The link, opened once more, and the name of the session that shows it. Raises `LinkRefused`."""
        async with self._changing:
            link = self._link_of(token)
            if link is None:
                raise LinkRefused
            right = self._codes.use(link.id, code)
            why = self._objection(link) or ("" if right else "code")
            if why:
                await self._audit.record(events.refused(link, address, why))
                raise LinkRefused
            used = replace(link, uses=(*link.uses, self.now()))
            caller = self._caller(used, address)
            await self._change(events.opened(caller, used), used)
        return used, self._sessions.begin(caller)

    def caller(self, session: str, address: str) -> Caller:
        """Who looks by the session of that name, from `address`. Raises `LinkOver`."""
        try:
            caller = self._sessions.find(session)
        except SignInOver:
            raise LinkOver from None
        link = self._kept.get(caller.shared.link) if caller is not None and caller.shared is not None else None
        if caller is None or link is None or not link.shows_at(self.now()):
            raise LinkOver
        return replace(caller, address=address, network=self._networks.network_of(address))

    def opened_by(self, caller: Caller) -> Link:
        """The link that `caller` opened. Raises `LinkOver`."""
        if caller.shared is None:
            raise LinkOver
        return self._kept[caller.shared.link]

    async def revoke(self, caller: Caller, name: str, key: str | None) -> None:
        """Whoever made it, and the patient, end it at once; `key` is what the exchange knows the patient by.

        Raises `NotFound` for all others, and those that are over.
        """
        async with self._changing:
            link, now = self._kept.get(name), self.now()
            if link is None or not _may_revoke(caller, link, key) or not link.until > now or link.revoked is not None:
                raise NotFound
            await self._change(events.revoked(caller, link), replace(link, revoked=now, revoked_by=caller.name))

        def covers(one: Caller) -> bool:
            return one.shared is not None and one.shared.link == name

        self._sessions.end_all(covers)
        self.ended(covers)

    def _caller(self, link: Link, address: str) -> Caller:
        until = min(link.until.timestamp(), self._clock() + self.settings.view_minutes * 60)
        return Caller(
            subject=f"{SUBJECT}/{link.id}",
            name=f"Shared with {link.hint}",
            roles=frozenset(),
            organization="",
            purpose=PurposeOfUse(link.purpose),
            network=self._networks.network_of(address),
            token_id=self._new_id(),
            expires=int(until),
            address=address,
            patient=link.by.patient,
            shared=Shared(link.id, link.by.subject, Uid(link.study), Uid(link.series) if link.series else None),
        )

    def _objection(self, link: Link) -> str:
        """Why `link` does not open now; empty when it does."""
        state = link.state_at(self.now())
        return "" if state is State.GOOD else state.value

    def _link_of(self, token: str) -> Link | None:
        name = self._by_digest.get(_digest(token))
        return None if name is None else self._kept[name]

    async def _change(self, event: Event, link: Link) -> None:
        """On record, then on disk, then in force."""
        await self._audit.record(event)
        await asyncio.to_thread(self._store.put, link)
        self._take(link)

    def _take(self, link: Link) -> None:
        self._kept[link.id] = link
        self._by_digest[link.digest] = link.id

    def _newest(self, links: Iterable[Link]) -> list[Link]:
        return sorted(links, key=lambda one: one.made, reverse=True)


def _may_revoke(caller: Caller, link: Link, key: str | None) -> bool:
    own = caller.patient is not None and link.is_of(caller.patient, key)
    return caller.subject == link.by.subject or own


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
