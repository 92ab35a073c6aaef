"""The seal: proof that no stored fact was changed, removed, added or moved since it was sealed.

Three layers, each of which finds what the one before cannot. A *leaf* is the hash of one fact's
stored bytes and locates a change to the fact. A *link* chains all leaves of a tenant in order,
moments after they were stored. A *root* is a Merkle root over the facts since the last one, signed
with a key that the database never holds, and copied to a folder outside it, so that even somebody
who may write every table cannot cut the end off or write everything anew.
"""
