package journal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// Config says where the journal is. Exactly one of Dir and URL is set.
type Config struct {
	Dir string // folder of the embedded storage, this process's alone
	URL string // or a cluster: "nats://a:4222,nats://b:4222", with "user:password@" where it wants one

	// Sync, embedded only: 0 = an Append returns when its records have been fsynced; otherwise the disk is synced
	// that often, and a power cut (never a crash of the process) may take what came since. A cluster has a setting of its own.
	Sync time.Duration

	Retain   time.Duration // sessions are deleted that long after their last record; 0 = never
	Replicas int           // copies in the cluster, when it is first used; 0 = 1
	Logger   *slog.Logger  // nil = slog.Default()
}

const (
	patience       = 10 * time.Second       // how long an append puts up with a cluster without a leader (4.4–5.8 s measured)
	connectTimeout = 10 * time.Second       // until somebody must have answered at a cluster's address
	formTimeout    = 30 * time.Second       // until a cluster that starts with us must be ready (5.2 s measured on an idle machine)
	reconnectWait  = 100 * time.Millisecond // between tries to get back to the storage
	clusterGroups  = 16                     // groups on their way to a cluster: its answers take longer than the sending
	embeddedGroups = 2                      // one is synced while the next is written
	lazySync       = 10 * time.Second       // the storage's own syncing beside ours
)

// Store is the durable journal. Its methods may be called by any goroutine.
type Store struct {
	cfg     Config
	log     *slog.Logger
	engine  *engine // nil for a cluster
	nc      *nats.Conn
	commit  *committer
	sending atomic.Pointer[committer] // commit, for those who may come before it is there
	health  health
	ears    ears
	stats   stats
	writer  writerID
	serial  atomic.Uint64
	tails   tails
	mark    mark         // embedded only
	refused refusal      // belongs to Open, then to guard's goroutine
	blocks  *blocks      // embedded with Sync always only
	unseen  atomic.Int64 // bytes stored since somebody looked at the disk

	closeOnce sync.Once
	closed    atomic.Bool
	ctx       context.Context // ends with Close
	cancel    context.CancelFunc
	wg        sync.WaitGroup
}

// Open starts or joins the journal of cfg and returns when it can be written.
func Open(cfg Config) (*Store, error) {
	s, err := open(cfg)
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	return s, nil
}

func open(cfg Config) (*Store, error) {
	if (cfg.Dir == "") == (cfg.URL == "") {
		return nil, errors.New("it needs either a folder or a cluster's address")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	s := &Store{cfg: cfg, log: cfg.Logger, tails: tails{m: map[string]*tail{}}}
	rand.Read(s.writer[:])
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if cfg.URL != "" {
		s.ears.init(earBuffer)
	} else {
		s.ears.init(0) // nobody else is there to be heard
	}
	s.health.init()
	if err := s.connect(); err != nil {
		s.shut()
		return nil, err
	}
	slots, limit, settle := clusterGroups, ackTimeout, (func() error)(nil)
	if s.engine != nil {
		slots, limit = embeddedGroups, ackTimeoutLocal
		if cfg.Sync == 0 {
			settle = s.syncer()
		}
	}
	var err error
	if s.commit, err = newCommitter(s.nc, s.engine != nil, slots, limit, settle, &s.stats); err != nil {
		s.shut()
		return nil, s.plain(err)
	}
	s.sending.Store(s.commit)
	if err := s.prepare(); err != nil {
		s.shut()
		return nil, s.plain(err)
	}
	s.wg.Go(s.guard)
	s.wg.Go(s.runEars)
	if cfg.Retain > 0 {
		s.wg.Go(s.retain)
	}
	return s, nil
}

// connect starts the engine where there is one, and the connection.
func (s *Store) connect() error {
	opts := []nats.Option{
		nats.Name("tandem"), nats.NoEcho(), nats.MaxReconnects(-1), nats.ReconnectWait(reconnectWait), nats.ReconnectJitter(reconnectWait/2, reconnectWait/2),
		nats.ReconnectBufSize(-1), // what can't be sent now fails now and is looked up
		nats.Timeout(2 * time.Second), nats.PingInterval(2 * time.Second), nats.MaxPingsOutstanding(2),
		nats.DisconnectErrHandler(func(*nats.Conn, error) { s.lost(errors.New("the connection is lost")) }),
		nats.ReconnectHandler(func(*nats.Conn) { s.missed(); s.health.kick() }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if errors.Is(err, nats.ErrSlowConsumer) {
				s.missed()
				return
			}
			s.log.Warn("journal connection", "error", err)
		}),
	}
	url := s.cfg.URL
	if s.cfg.Dir != "" {
		every := s.cfg.Sync
		if every == 0 {
			every = lazySync
		}
		e, err := newEngine(s.cfg.Dir, every, s.log, func() { s.lost(errors.New("its storage reports an error")) })
		if err != nil {
			return err
		}
		s.engine = e
		s.mark.file = filepath.Join(s.cfg.Dir, markName)
		if s.cfg.Sync > 0 {
			s.mark.lag = 2*s.cfg.Sync + time.Second
		}
		if err := s.startEngine(); err != nil {
			return err
		}
		opts = append(opts, nats.InProcessServer(e))
	}
	end := time.Now().Add(connectTimeout)
	for {
		nc, err := nats.Connect(url, opts...)
		if err == nil {
			s.nc = nc
			return nil
		}
		if time.Now().After(end) || s.engine != nil {
			s.log.Debug("journal connection", "error", err)
			return fmt.Errorf("%w: nobody answers at its address", ErrUnavailable)
		}
		time.Sleep(reconnectWait)
	}
}

// startEngine starts the storage on what it left, unless that would do harm.
func (s *Store) startEngine() error {
	if err := keepNewest(s.cfg.Dir, blocksDir(s.cfg.Dir)); err != nil {
		s.log.Warn("journal: the newest file was not put aside", "error", err) // a precaution; a full disk is no reason not to start
	}
	if err := s.mayStart(s.mark.read(), time.Now()); err != nil {
		return err
	}
	return s.engine.start()
}

// lost is trouble in which those who wait for an answer will get none.
func (s *Store) lost(cause error) {
	s.trouble(cause)
	if c := s.sending.Load(); c != nil {
		c.abort()
	}
}

// prepare makes the streams where they are not yet, and waits for a new cluster to have a leader for them.
func (s *Store) prepare() error {
	if s.nc.MaxPayload() < 1<<20 {
		return fmt.Errorf("its storage takes messages of %d bytes; set max_payload to 8MB (1 MB at least)", s.nc.MaxPayload())
	}
	ctx, cancel := context.WithTimeout(s.ctx, formTimeout)
	defer cancel()
	for {
		err := s.ensureStreams(ctx)
		if err == nil {
			err = s.checkMark(ctx)
		}
		if err == nil {
			err = s.probe(ctx)
		}
		if err == nil || s.engine != nil || ctx.Err() != nil {
			return err
		}
		s.log.Debug("journal storage is not ready", "error", err)
		select {
		case <-time.After(5 * reconnectWait):
		case <-ctx.Done():
		}
	}
}

func (s *Store) ensureStreams(ctx context.Context) error {
	replicas := 1
	if s.engine == nil {
		replicas = max(s.cfg.Replicas, 1)
	}
	common := map[string]any{
		"storage": "file", "num_replicas": replicas, "retention": "limits", "discard": "old", "max_consumers": -1,
		"max_msgs": -1, "max_bytes": -1, "max_msg_size": -1, "allow_direct": true, "duplicate_window": int64(time.Second),
	}
	log := map[string]any{"name": logStream, "subjects": []string{logPrefix + "*", keyPrefix + "*", probeSubject}, "max_msgs_per_subject": -1}
	if s.engine == nil { // an embedded journal has no one to tell
		log["republish"] = map[string]any{"src": logPrefix + "*", "dest": feedPrefix + "{{wildcard(1)}}"}
	}
	snap := map[string]any{"name": snapStream, "subjects": []string{snapPrefix + "*.*"}, "max_msgs_per_subject": 1, "compression": "s2"}
	for _, cfg := range []map[string]any{log, snap} {
		for k, v := range common {
			cfg[k] = v
		}
		name := cfg["name"].(string)
		err := s.call(ctx, "STREAM.INFO."+name, nil, nil)
		if isCode(err, codeNoStream) {
			err = s.call(ctx, "STREAM.CREATE."+name, cfg, nil)
			if isCode(err, codeStreamInUse) { // another node was faster, with settings of its own
				err = nil
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// blocksDir is where the embedded storage keeps the log's entries.
func blocksDir(dir string) string {
	return filepath.Join(dir, "jetstream", "$G", "streams", logStream, "msgs")
}

// syncer makes the log's blocks durable.
func (s *Store) syncer() func() error {
	s.blocks = newBlocks(blocksDir(s.cfg.Dir))
	return func() error {
		s.stats.syncs.Add(1)
		return s.synced(s.blocks.sync())
	}
}

// synced turns the journal red where a sync failed, before anybody is told: what was written is there to be read, and
// who looks must not take it for stored.
func (s *Store) synced(err error) error {
	if err != nil {
		s.trouble(err)
		err = fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// Close waits for appends under way, stops following, and stops the embedded storage. Calling it again does nothing.
func (s *Store) Close() error {
	s.closeOnce.Do(s.shut)
	return nil
}

func (s *Store) shut() {
	s.closed.Store(true)
	if s.commit != nil {
		s.commit.close()
	}
	s.cancel()
	s.ears.close()
	s.wg.Wait()
	if s.nc != nil {
		s.nc.Close()
	}
	if s.engine != nil {
		s.engine.close()
	}
}

// Stats counts since Open.
type Stats struct {
	Appends   uint64 // entries stored: each is one Append
	Groups    uint64 // sendings they shared
	Syncs     uint64 // fsyncs they shared
	Conflicts uint64 // appends refused with ErrMoved by the storage
	Retries   uint64 // sent again after an answer was lost
	Failures  uint64 // appends that ended with ErrUnavailable
}

// Stats gives the counters, for the metrics page.
func (s *Store) Stats() Stats {
	return Stats{
		Appends: s.stats.entries.Load(), Groups: s.stats.groups.Load(), Syncs: s.stats.syncs.Load(),
		Conflicts: s.stats.conflicts.Load(), Retries: s.stats.retries.Load(), Failures: s.stats.failures.Load(),
	}
}
