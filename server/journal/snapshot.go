package journal

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strconv"
)

// A snapshot is a cache: a fold of a session's records up to one of them. It is stored in parts where it is larger than
// one message may be. Each part begins with
//
//	1 byte   version
//	8 bytes  number of the last record in the fold
//	8 bytes  the storage's number of the entry with that record
//	32 bytes the hash chain's sum after that entry: the snapshot counts only if the log still has it there
//	4 bytes  this part, 4 bytes parts in all
//	16 bytes IV; what follows is the fold under the session's key
const (
	snapVersion = 1
	snapHead    = 1 + 8 + 8 + 32 + 4 + 4 + 16
	snapPart    = 4 << 20 // bytes: what a message may hold where it may be large
)

type snapMeta struct {
	place
	part, parts uint32
}

func (m *snapMeta) seal(key cipher.Block, data []byte) []byte {
	b := make([]byte, 0, snapHead+len(data))
	b = append(b, snapVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(m.n))
	b = binary.BigEndian.AppendUint64(b, m.seq)
	b = append(b, m.sum[:]...)
	b = binary.BigEndian.AppendUint32(b, m.part)
	b = binary.BigEndian.AppendUint32(b, m.parts)
	b = b[:snapHead]
	rand.Read(b[snapHead-16:])
	b = append(b, data...)
	cipher.NewCTR(key, b[snapHead-16:snapHead]).XORKeyStream(b[snapHead:], b[snapHead:])
	return b
}

func unsealSnap(key cipher.Block, b []byte) (m snapMeta, data []byte, ok bool) {
	if len(b) < snapHead || b[0] != snapVersion {
		return m, nil, false
	}
	m.n = int64(binary.BigEndian.Uint64(b[1:]))
	m.seq = binary.BigEndian.Uint64(b[9:])
	copy(m.sum[:], b[17:])
	m.part = binary.BigEndian.Uint32(b[49:])
	m.parts = binary.BigEndian.Uint32(b[53:])
	data = b[snapHead:]
	cipher.NewCTR(key, b[snapHead-16:snapHead]).XORKeyStream(data, data)
	return m, data, m.n > 0 && m.part < m.parts
}

// SaveSnapshot keeps the fold of the session's records up to number n, in place of an older one. It is a cache:
// losing it costs time, nothing else. ErrMoved: the log has no record n.
func (s *Store) SaveSnapshot(ctx context.Context, session string, n int64, fold []byte) error {
	err := s.ready(session)
	if err == nil {
		err = s.saveSnapshot(ctx, session, n, fold)
	}
	if err != nil {
		return fmt.Errorf("save a snapshot of session %s at %d: %w", session, n, s.plain(err))
	}
	return nil
}

func (s *Store) saveSnapshot(ctx context.Context, session string, n int64, fold []byte) error {
	if old := s.tails.peek(session)[markSnapshot]; n < old.n {
		return nil
	}
	var at place
	var err error
	if n > 0 {
		if at, err = s.at(ctx, session, n); err != nil {
			return err
		}
	}
	if at.n == 0 {
		return fmt.Errorf("%w: there is no such record", ErrMoved)
	}
	key, err := s.key(ctx, session)
	if err == nil && key == nil {
		err = fmt.Errorf("%w: it was deleted meanwhile", ErrMoved)
	}
	if err != nil {
		return err
	}
	size := min(snapPart, int(s.nc.MaxPayload())-snapHead-1024)
	parts := max(1, (len(fold)+size-1)/size)
	// The first part goes last: until it is there, what is found of the new snapshot is not believed.
	for i := parts - 1; i >= 0; i-- {
		m := snapMeta{place: at, part: uint32(i), parts: uint32(parts)}
		data := m.seal(key, fold[i*size:min(len(fold), (i+1)*size)])
		if err := s.put(ctx, snapPrefix+session+"."+strconv.Itoa(i), data); err != nil {
			return err
		}
	}
	// A deletion destroys the key first. Where that happened meanwhile, it may have removed the snapshots before this one came.
	m, err := s.get(ctx, logStream, getRequest{LastFor: keyPrefix + session})
	if err == nil && m == nil {
		if err = s.removeSnapshots(ctx, session); err == nil {
			err = fmt.Errorf("%w: it was deleted meanwhile", ErrMoved)
		}
	}
	if err != nil {
		return err
	}
	s.tails.mark(session, markSnapshot, at)
	return nil
}

// LoadSnapshot gives the newest fold and the number of the record it stands for; 0 where there is none that fits the log.
func (s *Store) LoadSnapshot(ctx context.Context, session string) (int64, []byte, error) {
	err := s.ready(session)
	var at place
	var fold []byte
	if err == nil {
		at, fold, err = s.loadSnapshot(ctx, session)
	}
	if err != nil {
		return 0, nil, fmt.Errorf("load the snapshot of session %s: %w", session, s.plain(err))
	}
	return at.n, fold, nil
}

func (s *Store) loadSnapshot(ctx context.Context, session string) (place, []byte, error) {
	var none place
	var first snapMeta
	var fold []byte
	key, err := s.key(ctx, session)
	if err != nil || key == nil {
		return none, nil, err
	}
	for i := uint32(0); i == 0 || i < first.parts; i++ {
		b, err := s.peek(ctx, snapStream, snapPrefix+session+"."+strconv.Itoa(int(i)))
		if err != nil || b == nil {
			return none, nil, err
		}
		meta, data, ok := unsealSnap(key, b)
		if i == 0 {
			first = meta
		}
		if !ok || meta.place != first.place || meta.parts != first.parts || meta.part != i {
			return none, nil, nil // torn, or being replaced
		}
		fold = append(fold, data...)
	}
	m, err := s.get(ctx, logStream, getRequest{Seq: first.seq})
	if err != nil || m == nil || m.Subject != logPrefix+session {
		return none, nil, err
	}
	e, err := unseal(m.Data)
	if err != nil || e.sum != first.sum || e.first > first.n || e.last() < first.n {
		return none, nil, nil
	}
	s.tails.mark(session, markSnapshot, first.place)
	return first.place, fold, nil
}
