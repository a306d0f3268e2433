package journal

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	maxGroup        = 2000            // entries of one group: bounds how long the first waits for the last
	ackTimeout      = 1 * time.Second // a cluster's answer takes milliseconds; after an election the old one's never comes
	ackTimeoutLocal = 8 * time.Second // a disk may stall; that the storage has failed is heard otherwise
	ackRate         = 1 << 20         // bytes a second that the way to the storage takes at the least: large groups may last longer
)

var (
	errConflict = errors.New("another entry is there")
	errNoAnswer = errors.New("no answer")
	errUnsure   = errors.New("it was dealt with and is there or was refused") // look
)

// pending is one entry on its way into the storage.
type pending struct {
	subject string
	expect  uint64      // the storage's number of the subject's last message; 0: none yet
	quiet   bool        // the answers to those before and behind it may tell what became of it; for entries of the log
	done    chan result // 1 deep

	mu   sync.Mutex
	data []byte
	seal func() ([]byte, error) // makes data when the entry goes out; nil where data is there
}

// sealed is what is sent of p. It calls seal at most once.
func (p *pending) sealed() (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if seal := p.seal; seal != nil {
		p.seal = nil
		p.data, err = seal()
	}
	return err
}

// withdraw tells whether p was not sealed yet; then it never is.
func (p *pending) withdraw() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	waits := p.seal != nil
	if waits {
		p.seal = func() ([]byte, error) { return nil, context.Canceled }
	}
	return waits
}

type result struct {
	seq uint64
	err error
}

// committer stores entries of many sessions in groups: what comes while one group is on its way is the next group,
// so an fsync and the wake-ups along the way are shared by all who wait. Run's goroutine sends; each group
// has a goroutine that waits for its answers.
type committer struct {
	nc     *nats.Conn
	sole   bool   // nobody else stores anything there, so that a group's numbers follow each other
	inbox  string // prefix of the reply subjects: inbox + group + "." + index
	settle func() error
	slots  chan struct{} // groups on their way
	limit  time.Duration // for an answer
	stats  *stats

	mu     sync.Mutex
	queue  []*pending
	closed bool

	wake   chan struct{} // 1 deep: there is something in queue
	enough chan struct{} // 1 deep: there is plenty
	quit   chan struct{}
	wg     sync.WaitGroup

	groups sync.Map // uint64 → *group
	sub    *nats.Subscription

	// The fields below belong to run's goroutine.
	nextGroup uint64
	rate      pace
	msg       nats.Msg    // what is sent just now
	header    nats.Header // its header; it holds expects
	expects   [1]string
}

// newCommitter: sole says that nobody else stores there; slots is how many groups may be on their way at once; settle makes
// durable what was answered so far.
func newCommitter(nc *nats.Conn, sole bool, slots int, limit time.Duration, settle func() error, st *stats) (*committer, error) {
	c := &committer{
		nc: nc, sole: sole, inbox: nc.NewInbox() + ".", settle: settle, slots: make(chan struct{}, slots), limit: limit, stats: st,
		wake: make(chan struct{}, 1), enough: make(chan struct{}, 1), quit: make(chan struct{}),
	}
	c.header = nats.Header{expectHeader: c.expects[:]}
	var err error
	if c.sub, err = nc.Subscribe(c.inbox+"*.*", c.answered); err != nil {
		return nil, err
	}
	if err := c.sub.SetPendingLimits(-1, -1); err != nil {
		return nil, err
	}
	c.wg.Go(c.run)
	return c, nil
}

// submit queues p; its result comes on p.done.
func (c *committer) submit(p *pending) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		p.done <- result{err: errClosed}
		return
	}
	c.queue = append(c.queue, p)
	waiting := len(c.queue)
	c.mu.Unlock()
	if waiting == 1 {
		poke(c.wake)
	} else if waiting == gatherMax {
		poke(c.enough)
	}
}

// poke wakes who listens on a channel that is 1 deep.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // awake already
	}
}

// close refuses new entries and waits until those under way are done.
func (c *committer) close() {
	c.mu.Lock()
	was := c.closed
	c.closed = true
	c.mu.Unlock()
	if !was {
		close(c.quit)
	}
	c.wg.Wait()
	c.sub.Unsubscribe()
}

func (c *committer) run() {
	for {
		select {
		case <-c.wake:
		case <-c.quit:
			c.drain()
			return
		}
		c.gather()
		c.slots <- struct{}{} // what comes while we wait here joins the group
		items := c.take()
		if len(items) == 0 {
			<-c.slots
			continue
		}
		c.rate.sent(len(items), time.Now())
		g := c.send(items)
		c.wg.Go(func() {
			c.await(g)
			<-c.slots
		})
	}
}

// gather gives the group a moment to grow where that pays.
func (c *committer) gather() {
	if !c.rate.wait() {
		return
	}
	c.mu.Lock()
	plenty := len(c.queue) >= gatherMax
	c.mu.Unlock()
	if plenty {
		return
	}
	select {
	case <-c.enough: // of an earlier group
	default:
	}
	wait := gatherFor
	if c.settle != nil {
		wait = gatherSync
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.enough:
	case <-c.quit:
	}
}

// drain sends what was queued before close.
func (c *committer) drain() {
	for items := c.take(); len(items) > 0; items = c.take() {
		c.await(c.send(items))
	}
}

func (c *committer) take() []*pending {
	c.mu.Lock()
	defer c.mu.Unlock()
	items := c.queue
	if len(items) > maxGroup {
		c.queue = append([]*pending(nil), items[maxGroup:]...)
		items = items[:maxGroup:maxGroup]
		poke(c.wake)
		return items
	}
	c.queue = nil
	return items
}

// send publishes a group's entries; their answers find the group by its number in the reply subject.
func (c *committer) send(items []*pending) *group {
	c.nextGroup++
	g := &group{id: c.nextGroup, items: items, sent: make([]int, 0, len(items)), res: make([]result, len(items)), full: make(chan struct{})}
	quiet := c.sole
	for i, p := range items {
		if err := p.sealed(); err != nil {
			g.res[i].err = err
			continue
		}
		g.sent = append(g.sent, i)
		g.size += len(p.data)
		quiet = quiet && p.quiet
	}
	asks := func(k int) bool { return !quiet || k == 0 || k == len(g.sent)-1 }
	for k, i := range g.sent {
		g.res[i].err = errUnsure
		if asks(k) {
			g.res[i].err = errNoAnswer
			g.left++
		}
	}
	if g.left == 0 {
		close(g.full)
	}
	c.groups.Store(g.id, g)
	prefix := c.inbox + strconv.FormatUint(g.id, 36) + "."
	for k, i := range g.sent {
		reply := ""
		if asks(k) {
			reply = prefix + strconv.Itoa(i)
		}
		if err := c.publish(items[i], reply); err != nil {
			g.answer(i, result{err: err})
		}
	}
	c.stats.groups.Add(1)
	c.stats.entries.Add(uint64(len(items)))
	return g
}

// publish sends what is sealed of p, to be answered at reply if that is given.
func (c *committer) publish(p *pending, reply string) error {
	c.msg.Subject, c.msg.Reply, c.msg.Data, c.msg.Header = p.subject, reply, p.data, nil
	if p.expect != anySeq {
		c.expects[0] = strconv.FormatUint(p.expect, 10)
		c.msg.Header = c.header
	}
	return c.nc.PublishMsg(&c.msg)
}

// await waits for a group's answers, makes them durable and hands them over.
func (c *committer) await(g *group) {
	timer := time.NewTimer(c.limit + time.Duration(g.size)*time.Second/ackRate)
	select {
	case <-g.full:
	case <-timer.C:
	}
	timer.Stop()
	c.groups.Delete(g.id)
	res := g.results()
	var stored bool
	for _, r := range res {
		stored = stored || mayBeStored(r.err)
	}
	if stored && c.settle != nil {
		if err := c.settle(); err != nil {
			for i := range res {
				if mayBeStored(res[i].err) {
					res[i].err = err
				}
			}
		}
	}
	for i, p := range g.items {
		p.done <- res[i]
	}
}

// abort ends the waiting of all groups on their way: what they were sent over is gone.
func (c *committer) abort() {
	c.groups.Range(func(_, v any) bool {
		g := v.(*group)
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.res != nil && g.left > 0 {
			g.left = 0
			close(g.full)
		}
		return true
	})
}

// answered is called by the connection's goroutine for each answer.
func (c *committer) answered(msg *nats.Msg) {
	id, index, ok := strings.Cut(strings.TrimPrefix(msg.Subject, c.inbox), ".")
	if !ok {
		return
	}
	n, err := strconv.ParseUint(id, 36, 64)
	if err != nil {
		return
	}
	i, err := strconv.Atoi(index)
	if err != nil {
		return
	}
	v, ok := c.groups.Load(n)
	if !ok {
		return
	}
	v.(*group).answer(i, parseAnswer(msg))
}

// stats counts what the committer does.
type stats struct {
	groups, entries, conflicts, retries, failures, syncs atomic.Uint64
}
