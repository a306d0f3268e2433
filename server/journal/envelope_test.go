package journal

import (
	"bytes"
	"crypto/aes"
	"errors"
	"testing"
)

// FuzzEnvelope: what is sealed comes back; whatever else arrives is refused or read, but nothing panics.
func FuzzEnvelope(f *testing.F) {
	key, err := aes.NewCipher(make([]byte, keySize))
	if err != nil {
		f.Fatal(err)
	}
	e := entry{writer: writerID{1, 2, 3}, attempt: 77, first: 5, count: 3, records: recs("one", "", "three")}
	e.sum = chainStart("s").over(5, e.records)
	f.Add(e.seal(key))
	f.Add([]byte{1})
	f.Add(bytes.Repeat([]byte{0xff}, 80))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := unseal(b)
		if err == nil {
			err = e.open(key)
		}
		if err != nil {
			if !errors.Is(err, ErrBroken) {
				t.Fatal(err)
			}
			return
		}
		again, err := unseal(e.seal(key))
		if err == nil {
			err = again.open(key)
		}
		if err != nil || again.first != e.first || again.sum != e.sum || len(again.records) != len(e.records) {
			t.Fatalf("%+v came back as %+v, %v", e, again, err)
		}
		for i := range e.records {
			if !bytes.Equal(e.records[i], again.records[i]) {
				t.Fatalf("record %d changed", i)
			}
		}
	})
}

// TestSum: the chain depends on the session, the number, the bytes, and all that came before.
func TestSum(t *testing.T) {
	base := chainStart("s").over(1, recs("a", "b"))
	for name, other := range map[string]sum{
		"another session": chainStart("t").over(1, recs("a", "b")),
		"another number":  chainStart("s").over(2, recs("a", "b")),
		"another past":    chainStart("s").over(1, recs("x", "b")),
		"another cut":     chainStart("s").over(1, recs("ab")),
		"another order":   chainStart("s").over(1, recs("b", "a")),
	} {
		if other == base {
			t.Errorf("%s has the same sum", name)
		}
	}
	if base != chainStart("s").over(1, recs("a")).over(2, recs("b")) {
		t.Error("one append of two records and two of one have different sums")
	}
}
