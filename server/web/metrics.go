package web

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tandem/server/room"
)

// The figures of the metrics page. They are counts alone: no session, no person.
var (
	roomsDesc     = desc("rooms", "Sessions that are live on this server.")
	peopleDesc    = desc("people", "People connected to this server.")
	editsDesc     = desc("edits_total", "Edits of people of this server that were stored.")
	eventsDesc    = desc("events_total", "Events that this server stored.")
	overflowsDesc = desc("queue_overflows_total", "People cut because too much waited for them.")
	faultsDesc    = desc("client_faults_total", "Clients that found that their text was not the server's, and started anew.")
	errorsDesc    = desc("journal_errors_total", "Appends, reads and deletions of the journal that failed.")
	racesDesc     = desc("append_races_total", "Appends that another server was faster than.")
	appendDesc    = desc("append_seconds", "How long it took to store what was then acknowledged.")
	readyDesc     = desc("ready", "1 while sessions can be stored, as /readyz says.")
)

func desc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("tandem_"+name, help, nil, nil)
}

// figures collects the rooms' own counts, when asked.
type figures struct{ rooms *room.Rooms }

func (f figures) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{roomsDesc, peopleDesc, editsDesc, eventsDesc, overflowsDesc, faultsDesc, errorsDesc, racesDesc, appendDesc, readyDesc} {
		out <- d
	}
}

func (f figures) Collect(out chan<- prometheus.Metric) {
	s := f.rooms.Stats()
	gauge := func(d *prometheus.Desc, v float64) { out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	count := func(d *prometheus.Desc, n uint64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n))
	}
	gauge(roomsDesc, float64(s.Rooms))
	gauge(peopleDesc, float64(s.People))
	ready := 1.0
	if f.rooms.Ready() != nil {
		ready = 0
	}
	gauge(readyDesc, ready)
	count(editsDesc, s.Edits)
	count(eventsDesc, s.Events)
	count(overflowsDesc, s.Overflows)
	count(faultsDesc, s.Faults)
	count(errorsDesc, s.Errors)
	count(racesDesc, s.Races)
	upTo, n := map[float64]uint64{}, uint64(0)
	for i, bound := range room.AppendBounds {
		n += s.Appends[i]
		upTo[bound] = n
	}
	n += s.Appends[len(room.AppendBounds)]
	out <- prometheus.MustNewConstHistogram(appendDesc, n, s.AppendTime.Seconds(), upTo)
}

// metricsHandler serves the figures in the form of Prometheus.
func (s *Server) metricsHandler() http.HandlerFunc {
	r := prometheus.NewRegistry()
	r.MustRegister(figures{s.cfg.Rooms}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	h := promhttp.HandlerFor(r, promhttp.HandlerOpts{DisableCompression: true})
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		h.ServeHTTP(w, r)
	}
}
