"""The person vault: what is known about people, under keys that can be destroyed.

Facts, logs, Kafka and URLs hold ids. Names, phones, addresses and free text live here, and only
here. Keys hang in a chain: master -> tenant -> subject -> record, so that forgetting one person
is destroying one small row.
"""
