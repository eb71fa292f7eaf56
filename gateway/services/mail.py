"""Mail, where the operator has set a mail server."""

import logging
import smtplib
import ssl
from email.message import EmailMessage

from gateway.config import Config

WITHIN_S = 10

log = logging.getLogger(__name__)


class Mail:
    def __init__(self, config: Config) -> None:
        self._config = config

    def send(self, to: str, subject: str, text: str) -> bool:
        """Send a mail, and say whether the server took it. Why it did not stands in the log, without the address."""
        config = self._config
        if not config.smtp_host:
            return False
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = config.mail_from, to, subject
        message.set_content(text)
        try:
            with smtplib.SMTP(config.smtp_host, config.smtp_port, timeout=WITHIN_S) as server:
                if config.smtp_starttls:
                    server.starttls(context=ssl.create_default_context())
                if config.smtp_user:
                    server.login(config.smtp_user, config.smtp_password)
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            log.error("a mail could not be sent: %s", type(error).__name__)
            return False
        return True
