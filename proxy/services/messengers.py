"""Whoever is told something outside: webhooks of the portal and of institutions, and recipients of links."""

from proxy.audit.journal import Journal
from proxy.care.webhooks import Webhook
from proxy.outside import Outside
from proxy.settings.care import Care, Receiver
from proxy.settings.emergencies import Notified
from proxy.settings.file import Settings
from proxy.sharing.delivery import Delivery, Sender, WebhookSender
from proxy.sharing.mail import MailSender
from proxy.sharing.recipient import Channel


def webhooks(care: Care, outside: Outside, journal: Journal) -> list[Webhook[Receiver]]:
    return [Webhook(one, outside.receiver_transport(one), journal, outside.clock) for one in care.receivers]


def notifying(settings: Settings, outside: Outside, journal: Journal) -> list[Webhook[Notified]]:
    receivers = settings.emergencies.notified
    return [Webhook(one, outside.receiver_transport(one), journal, outside.clock) for one in receivers]


def delivery_of(settings: Settings, outside: Outside, journal: Journal) -> Delivery:
    """Mail before the webhook, which takes whatever else there is."""
    sharing = settings.sharing
    senders: dict[Channel, Sender] = {}
    if sharing.webhook is not None:
        transport = outside.receiver_transport(sharing.webhook)
        webhook = Webhook(sharing.webhook, transport, journal, outside.clock, (5.0,))
        senders |= dict.fromkeys(Channel, WebhookSender(webhook, outside.new_id, outside.clock))
    if sharing.mail is not None:
        senders[Channel.EMAIL] = MailSender(sharing.mail, settings.name, sharing.code_minutes)
    return Delivery(senders, shown=sharing.show_code)
