"""Settings come from the environment only, are read once and never change."""

import re
from datetime import time
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting of every role; `anseo config` prints them with secrets hidden."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    profile: Literal["development", "production"] = Field("development", alias="ANSEO_PROFILE")
    home: Path = Field(Path(".anseo"), alias="ANSEO_HOME")
    database_url: SecretStr | None = Field(None, alias="DATABASE_URL")
    kafka_bootstrap: str | None = Field(None, alias="KAFKA_BOOTSTRAP")
    kafka_topic_prefix: str = Field("anseo", alias="KAFKA_TOPIC_PREFIX")
    kafka_forgets: bool = Field(default=False, alias="KAFKA_FORGETS")
    master_key: SecretStr | None = Field(None, alias="ANSEO_MASTER_KEY")
    pool_size: int = Field(8, ge=2, le=100, alias="ANSEO_POOL_SIZE")
    poll_ms: int = Field(20, ge=1, le=1000, alias="ANSEO_POLL_MS")

    seal_key: SecretStr | None = Field(None, alias="ANSEO_SEAL_KEY")
    seal_anchors: Path | None = Field(None, alias="ANSEO_SEAL_ANCHORS")
    seal_root_facts: int = Field(1_000, ge=1, le=100_000, alias="ANSEO_SEAL_ROOT_FACTS")
    seal_root_minutes: float = Field(10.0, gt=0, le=60, alias="ANSEO_SEAL_ROOT_MINUTES")
    raw_payload_days: int = Field(60, ge=1, le=90, alias="ANSEO_RAW_PAYLOAD_DAYS")

    host: str = Field("127.0.0.1", alias="ANSEO_HOST")
    port: int = Field(8000, alias="ANSEO_PORT")
    public_url: str | None = Field(None, alias="ANSEO_PUBLIC_URL")
    token_key: SecretStr | None = Field(None, alias="ANSEO_TOKEN_KEY")
    token_issuer: str = Field("anseo", alias="ANSEO_TOKEN_ISSUER")
    ready_lag_seconds: float = Field(60.0, gt=0, alias="ANSEO_READY_LAG_SECONDS")

    sms_url: str | None = Field(None, alias="SMS_URL")
    sms_account: str = Field("ACsandbox", alias="SMS_ACCOUNT")
    sms_token: SecretStr = Field(SecretStr("sandbox-token"), alias="SMS_TOKEN")
    sms_token_old: SecretStr | None = Field(None, alias="SMS_TOKEN_OLD")
    sms_sender: str = Field("+353850000001", alias="SMS_SENDER")
    sms_sender_registered: bool = Field(default=False, alias="SMS_SENDER_REGISTERED")
    sms_retry_rule: Literal["IDEMPOTENCY_KEY", "LOOK_UP", "NONE"] = Field(
        "LOOK_UP", alias="SMS_RETRY_RULE"
    )
    inbox: bool = Field(default=False, alias="ANSEO_INBOX")
    whatsapp_sender: str | None = Field(None, alias="WHATSAPP_SENDER")
    whatsapp_content: dict[str, str] = Field({}, alias="WHATSAPP_CONTENT")
    sms_second_url: str | None = Field(None, alias="SMS_SECOND_URL")
    sms_second_account: str = Field("ACsandbox", alias="SMS_SECOND_ACCOUNT")
    sms_second_token: SecretStr = Field(SecretStr("sandbox-token"), alias="SMS_SECOND_TOKEN")
    sms_second_retry_rule: Literal["IDEMPOTENCY_KEY", "LOOK_UP", "NONE"] = Field(
        "LOOK_UP", alias="SMS_SECOND_RETRY_RULE"
    )
    sms_part_price: Decimal | None = Field(None, ge=0, le=10, alias="SMS_PART_PRICE")
    sms_currency: str = Field("EUR", pattern="^[A-Z]{3}$", alias="SMS_CURRENCY")
    wonde_url: str = Field("https://api.wonde.com", alias="WONDE_URL")
    wonde_token: SecretStr | None = Field(None, alias="WONDE_TOKEN")
    sendgrid_key: SecretStr | None = Field(None, alias="SENDGRID_KEY")
    sendgrid_url: str = Field("https://api.sendgrid.com", alias="SENDGRID_URL")
    sendgrid_public_key: str | None = Field(None, alias="SENDGRID_PUBLIC_KEY")
    sendgrid_public_key_old: str | None = Field(None, alias="SENDGRID_PUBLIC_KEY_OLD")
    smtp_host: str = Field("127.0.0.1", alias="SMTP_HOST")
    smtp_port: int | None = Field(None, alias="SMTP_PORT")
    smtp_security: Literal["PLAIN", "STARTTLS", "TLS"] = Field("PLAIN", alias="SMTP_SECURITY")
    smtp_user: str | None = Field(None, alias="SMTP_USER")
    smtp_password: SecretStr | None = Field(None, alias="SMTP_PASSWORD")
    smtp_helo: str = Field("anseo.invalid", alias="SMTP_HELO")
    mail_sender: str = Field("attendance@school.example", alias="MAIL_SENDER")

    translate_url: str | None = Field(None, alias="TRANSLATE_URL")
    translate_key: SecretStr | None = Field(None, alias="TRANSLATE_KEY")
    school_phone: str = Field("01 555 0100", alias="ANSEO_SCHOOL_PHONE")
    principal_name: str = Field("The Principal", alias="ANSEO_PRINCIPAL_NAME")
    contact_name: str = Field("The attendance office", alias="ANSEO_CONTACT_NAME")
    fallback_language: Literal["en", "ga"] = Field("en", alias="ANSEO_FALLBACK_LANGUAGE")
    evaluate_at: time = Field(time(17, 0), alias="ANSEO_EVALUATE_AT")

    messages_a_day: int = Field(2, ge=1, le=20, alias="ANSEO_MESSAGES_A_DAY")
    letter_presses: int = Field(1, ge=1, le=16, alias="ANSEO_LETTER_PRESSES")
    sender_threads: int = Field(4, ge=1, le=64, alias="ANSEO_SENDER_THREADS")
    lease_seconds: float = Field(60.0, gt=0, alias="ANSEO_LEASE_SECONDS")
    provider_timeout_seconds: float = Field(10.0, gt=0, alias="ANSEO_PROVIDER_TIMEOUT_SECONDS")
    retry_waits_seconds: tuple[float, ...] = Field(
        (5.0, 30.0, 300.0), min_length=1, alias="ANSEO_RETRY_WAITS_SECONDS"
    )
    retry_waits: dict[str, tuple[float, ...]] = Field({}, alias="ANSEO_RETRY_WAITS")
    stuck_after_minutes: float = Field(240.0, gt=0, alias="ANSEO_STUCK_AFTER_MINUTES")
    silent_after_minutes: float = Field(1440.0, gt=0, alias="ANSEO_SILENT_AFTER_MINUTES")

    @model_validator(mode="after")
    def _no_known_token_in_production(self) -> Self:
        """A token that everybody knows would let anybody forge a provider's webhook."""
        known = self.sms_token.get_secret_value() == "sandbox-token"
        if self.profile == "production" and self.sms_url is not None and known:
            raise ValueError("SMS_TOKEN must be set where SMS_URL is and the profile is production")
        known = self.sms_second_token.get_secret_value() == "sandbox-token"
        if self.profile == "production" and self.sms_second_url is not None and known:
            raise ValueError("SMS_SECOND_TOKEN must be set where SMS_SECOND_URL is in production")
        return self

    @field_validator("whatsapp_content")
    @classmethod
    def _known_by_the_provider(cls, ids: dict[str, str]) -> dict[str, str]:
        """A slip of the pen would be seen only when the first family hears nothing."""
        for name, sid in ids.items():
            key, colon, language = name.partition(":")
            if not (key and colon and language and re.fullmatch("HX[0-9a-fA-F]{32}", sid)):
                raise ValueError(
                    f'WHATSAPP_CONTENT: {name} must read "TEMPLATE_KEY:language" and name a'
                    " ContentSid, HX and 32 hexadecimal digits"
                )
        return ids

    @cached_property
    def base_url(self) -> str:
        """The address under which providers call back: never taken from a request's headers."""
        return self.public_url or f"http://{self.host}:{self.port}"
