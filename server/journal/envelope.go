package journal

import (
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// What is stored in one piece is an entry: the records of one Append, all or none. Its envelope:
//
//	1 byte   version
//	8 bytes  writer: who appended, drawn at random by each handle, so that one knows one's own after a lost answer
//	8 bytes  attempt: that writer's counter of appends
//	uvarint  number of the first record
//	uvarint  how many records
//	32 bytes sum: the hash chain after the last record
//	records  each a uvarint length and the bytes as they were given, under the session's key; writer and attempt are the IV
//
// The chain starts from the session's name; each record's sum covers the sum of the one before, its number and its bytes.
// So a record carries the hash of all that came before it, and no edit of the past goes unnoticed.
const envelopeVersion = 1

const envelopeFixed = 1 + 8 + 8 + sha256.Size

// sum is the state of a session's hash chain.
type sum [sha256.Size]byte

type writerID [8]byte

// entry is what an envelope says. records are there once it is opened with the key.
type entry struct {
	writer  writerID
	attempt uint64
	first   int64
	count   int64
	sum     sum
	records [][]byte
	body    []byte // records under the key
}

func (e *entry) last() int64 { return e.first + e.count - 1 }

// chainStart is the sum before a session's first record.
func chainStart(session string) sum { return sha256.Sum256([]byte("tandem journal 1\n" + session)) }

// next is the sum after record n, where s is the sum before it.
func (s sum) next(n int64, record []byte) sum {
	h := sha256.New()
	h.Write(s[:])
	var num [8]byte
	binary.BigEndian.PutUint64(num[:], uint64(n))
	h.Write(num[:])
	h.Write(record)
	var out sum
	h.Sum(out[:0])
	return out
}

// over is the sum after several records, the first of which has number n.
func (s sum) over(n int64, records [][]byte) sum {
	for i, r := range records {
		s = s.next(n+int64(i), r)
	}
	return s
}

// seal packs an entry's records.
func (e *entry) seal(key cipher.Block) []byte {
	size := envelopeFixed + 2*binary.MaxVarintLen64
	for _, r := range e.records {
		size += binary.MaxVarintLen32 + len(r)
	}
	b := make([]byte, 0, size)
	b = append(b, envelopeVersion)
	b = append(b, e.writer[:]...)
	b = binary.BigEndian.AppendUint64(b, e.attempt)
	b = binary.AppendUvarint(b, uint64(e.first))
	b = binary.AppendUvarint(b, uint64(len(e.records)))
	b = append(b, e.sum[:]...)
	head := len(b)
	for _, r := range e.records {
		b = binary.AppendUvarint(b, uint64(len(r)))
		b = append(b, r...)
	}
	cipher.NewCTR(key, b[1:17]).XORKeyStream(b[head:], b[head:])
	return b
}

func broken(what string) (entry, error) { return entry{}, fmt.Errorf("%w: %s", ErrBroken, what) }

// unseal reads an envelope, but not yet the records. Nothing that the disk or the network may hand over makes it panic.
func unseal(b []byte) (entry, error) {
	var e entry
	if len(b) < envelopeFixed+2 {
		return broken("an entry is cut off")
	}
	if b[0] != envelopeVersion {
		return broken(fmt.Sprintf("an entry has version %d", b[0]))
	}
	copy(e.writer[:], b[1:])
	e.attempt = binary.BigEndian.Uint64(b[9:])
	b = b[17:]
	first, k := binary.Uvarint(b)
	if k <= 0 || first == 0 || first > 1<<62 {
		return broken("an entry has no number")
	}
	b = b[k:]
	count, k := binary.Uvarint(b)
	if k <= 0 || count == 0 || len(b)-k < len(e.sum) || count > uint64(len(b)-k-len(e.sum)) {
		return broken("an entry has no records")
	}
	b = b[k:]
	e.first, e.count = int64(first), int64(count)
	e.body = b[copy(e.sum[:], b):]
	return e, nil
}

// open takes the records out. They are in memory of their own.
func (e *entry) open(key cipher.Block) error {
	var iv [16]byte
	copy(iv[:], e.writer[:])
	binary.BigEndian.PutUint64(iv[8:], e.attempt)
	b := make([]byte, len(e.body))
	cipher.NewCTR(key, iv[:]).XORKeyStream(b, e.body)
	e.records = make([][]byte, e.count)
	for i := range e.records {
		size, k := binary.Uvarint(b)
		if k <= 0 || size > uint64(len(b)-k) {
			return fmt.Errorf("%w: record %d is cut off", ErrBroken, e.first+int64(i))
		}
		e.records[i] = b[k : k+int(size) : k+int(size)]
		b = b[k+int(size):]
	}
	if len(b) != 0 {
		return fmt.Errorf("%w: something follows record %d", ErrBroken, e.last())
	}
	return nil
}
