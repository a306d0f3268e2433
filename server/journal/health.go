package journal

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	watchEvery  = time.Second            // looks at the disk while all is well
	repairEvery = 500 * time.Millisecond // tries while it is not, unless something happens
	reserveMax  = 64 << 20               // bytes kept free on the disk, so that the storage never sees it full in the middle of a write …
	reservePart = 20                     // … but no more than a twentieth of a small disk
	lookEvery   = 256 << 10              // bytes stored between looks at the disk, beside watchEvery
)

// health is whether records can be stored, and why not.
type health struct {
	mu       sync.Mutex
	cause    error // nil while all is well
	troubles int   // how often there was a cause

	wakeup chan struct{} // 1 deep
}

func (h *health) init() { h.wakeup = make(chan struct{}, 1) }

func (h *health) kick() {
	poke(h.wakeup)
}

func (h *health) get() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.cause
}

// set reports whether cause is news.
func (h *health) set(cause error) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	news := (h.cause == nil) != (cause == nil)
	h.cause = cause
	h.troubles++
	return news
}

// clear ends the trouble, unless there was more of it since so many.
func (h *health) clear(troubles int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.troubles != troubles {
		return false
	}
	h.cause = nil
	return true
}

func (h *health) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.troubles
}

// Healthy is nil while records can be stored; else it says in plain words why not.
func (s *Store) Healthy() error {
	if s.closed.Load() {
		return errClosed
	}
	if err := s.health.get(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

// trouble notes that storing failed, and has guard find out more and repair.
func (s *Store) trouble(cause error) {
	s.red(cause)
	s.health.kick()
}

func (s *Store) red(cause error) {
	if !s.closed.Load() && s.health.set(cause) {
		s.log.Error("journal: nothing can be stored", "cause", cause)
	}
}

// guard watches the disk and, when storing has failed, tries until it works again.
func (s *Store) guard() {
	timer := time.NewTimer(watchEvery)
	defer timer.Stop()
	swept := time.Now()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-timer.C:
		case <-s.health.wakeup:
		}
		if now := time.Now(); now.Sub(swept) > tailLife/4 {
			s.tails.sweep(now)
			swept = now
		}
		if err := s.diskFull(); err != nil {
			s.red(err)
		} else if s.engine != nil && s.engine.broken() && s.health.get() == nil { // else it is known why
			s.red(errors.New("its storage has stopped"))
		}
		if s.engine != nil && s.health.get() == nil {
			if err := s.mark.write(time.Now()); err != nil {
				s.red(fmt.Errorf("the data folder can't be written: %w", err))
			}
		}
		if s.health.get() != nil {
			troubles := s.health.count()
			if s.repair() && s.health.clear(troubles) {
				s.log.Info("journal: storing again")
			}
		}
		if s.health.get() != nil {
			timer.Reset(repairEvery)
		} else {
			timer.Reset(watchEvery)
		}
	}
}

// room looks at the disk before so many bytes are stored, if it has not for a while: a fast writer fills it between two ticks.
func (s *Store) room(bytes int) error {
	if s.engine == nil {
		return nil
	}
	if s.unseen.Add(int64(bytes)) > lookEvery {
		s.unseen.Store(0)
		if err := s.diskFull(); err != nil {
			s.trouble(err)
		}
	}
	return s.Healthy()
}

// diskFull says so while there is still a little room, so that nothing is torn.
func (s *Store) diskFull() error {
	if s.engine == nil {
		return nil
	}
	free, all, ok := diskFree(s.cfg.Dir)
	if ok && free < min(reserveMax, all/reservePart) {
		return errors.New("the disk is full")
	}
	return nil
}

// repair makes one attempt to get the storage going.
func (s *Store) repair() bool {
	if s.diskFull() != nil {
		return false
	}
	if s.engine == nil {
		return s.works(ackTimeout) == nil
	}
	if err := s.engine.writable(); err != nil {
		s.health.set(err)
		return false
	}
	doubt := s.blocks != nil && s.blocks.doubt.Load() != 0
	if doubt {
		if err := s.blocks.works(); err != nil {
			s.health.set(err)
			return false
		}
	}
	limit := ackTimeoutLocal
	if s.engine.failed.Load() {
		limit = ackTimeout // it said itself that it has failed; this is only to be sure
	}
	if !doubt && !s.engine.broken() {
		err := s.works(limit)
		if err == nil {
			s.engine.failed.Store(false)
			return true // it was only slow
		}
		if errors.Is(err, ErrBroken) {
			return false // nor is it whole after another start
		}
	}
	if s.closed.Load() {
		return false
	}
	// A storage that has failed to write once doesn't write again; what is on the disk is right, so it starts from that. It
	// cuts off what it finds damaged, so that the mark is looked at as after any start.
	if err := s.mark.write(time.Now()); err != nil {
		s.log.Warn("journal: the mark was not written", "error", err)
	}
	s.engine.stop()
	if doubt {
		if err := s.blocks.renew(); err != nil {
			s.health.set(err)
			return false
		}
	}
	if err := s.startEngine(); err != nil {
		s.health.set(err)
		return false
	}
	return s.works(ackTimeoutLocal) == nil
}

// works is nil where the storage still has what was acknowledged, and a record can be stored within a time.
func (s *Store) works(within time.Duration) error {
	ctx, cancel := context.WithTimeout(s.ctx, within)
	defer cancel()
	err := s.connected(ctx)
	if err == nil {
		err = s.checkMark(ctx) // before the probe, which takes the number of a record that is missing
	}
	if err == nil {
		err = s.probe(ctx)
	}
	if errors.Is(err, ErrBroken) {
		s.health.set(err)
	}
	if err != nil {
		s.log.Debug("journal: not yet", "error", err)
	}
	return err
}

// connected waits for the connection to find the restarted engine.
func (s *Store) connected(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for s.nc.Status() != nats.CONNECTED {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

// probe stores a message in the log's stream, where no session is, and takes it away again.
func (s *Store) probe(ctx context.Context) error {
	if err := s.put(ctx, probeSubject, []byte(strconv.FormatInt(time.Now().UnixNano(), 10))); err != nil {
		return err
	}
	return s.call(ctx, "STREAM.PURGE."+logStream, map[string]any{"filter": probeSubject}, nil)
}

// put stores one message, whatever its subject held before, and waits until it is stored.
func (s *Store) put(ctx context.Context, subject string, data []byte) error {
	p := &pending{subject: subject, data: data, expect: anySeq, done: make(chan result, 1)}
	s.commit.submit(p)
	select {
	case r := <-p.done:
		return r.err
	case <-ctx.Done():
		return ctx.Err()
	}
}
