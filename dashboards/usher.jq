# The dashboard as people think of it: rows of panels, each with a title, a unit, a description and
# queries. Grafana's form is made from it with
#
#   jq --null-input --from-file dashboards/usher.jq > dashboards/usher.json
#
# In queries, $pods stands for the selectors that each of them has. A limit that is drawn is that of an
# alert in ../alerts, and the description names the alert.

def prometheus: {type: "prometheus", uid: "${datasource}"};

def one_line: gsub("\\s+"; " ") | gsub("^ | $|(?<=\\() | (?=\\))"; "");

# Queries.

def query($expr; $legend):
  {
    datasource: prometheus,
    editorMode: "code",
    expr: ($expr | one_line | gsub("\\$pods"; "job=~\"$job\", instance=~\"$instance\"")),
    legendFormat: $legend,
    range: true
  };
def per_second($by; $counter):
  "sum by (\($by)) (rate(\($counter)[$__rate_interval]))";
# Every pod reports the same Redis nodes: they are not summed.
def per_node($by; $counter):
  "max by (\($by)) (rate(\($counter)[$__rate_interval]))";
# $histogram is a name, or a name and more selectors.
def percentile($q; $by; $histogram):
  ($histogram | split("{")) as [$name, $selectors]
  | "histogram_quantile(\($q), sum by (\($by)) (rate(
      \($name)_bucket{$pods\(if $selectors then ", " + $selectors else "}" end)[$__rate_interval])))";
def p50_and_p99($by; $legend; $histogram):
  ("le" + (if $by == "" then "" else ", " + $by end)) as $by
  | query(percentile(0.5; $by; $histogram); "\($legend) P50"),
    query(percentile(0.99; $by; $histogram); "\($legend) P99");
# The same errors as in ../alerts/usher.rules.yaml: joins refused by a full line are none.
def error_ratio: "
  clamp_min(sum(
    rate(usher_http_requests_total{$pods, route!=\"unmatched\", code=~\"5..\"}[$__rate_interval])
    or -1 * rate(usher_queue_operations_total{$pods, operation=\"join\", outcome=\"full\"}[$__rate_interval])
  ), 0)
  / (sum(rate(usher_http_requests_total{$pods, route!=\"unmatched\"}[$__rate_interval])) > 0)";
# As in ../alerts/usher.alerts.yaml: commands that wait for a connection count like those that have one.
def pool_demand: "
  (usher_redis_pool_connections{$pods, state=\"used\"}
    + ignoring (state) usher_redis_pool_pending_requests{$pods})
  / ignoring (state) (usher_redis_pool_connections_max{$pods} > 0)";
def latency($q): percentile($q; "le, route"; "usher_http_request_duration_seconds{route!=\"unmatched\"}");

# Panels.

def panel($type; $title; $unit; $description; $queries):
  {
    type: $type,
    title: $title,
    description: ($description | one_line),
    datasource: prometheus,
    fieldConfig: {
      defaults: {
        unit: $unit,
        min: 0,
        thresholds: {mode: "absolute", steps: [{color: "green", value: null}]}
      },
      overrides: []
    },
    targets: [$queries | to_entries[] | .value + {refId: "ABCDEF"[.key:.key + 1]}]
  };

# A line for each series.
def graph($title; $unit; $description; $queries):
  panel("timeseries"; $title; $unit; $description; $queries)
  | .fieldConfig.defaults += {
      color: {mode: "palette-classic"},
      custom: {
        drawStyle: "line", fillOpacity: 10, lineWidth: 1, showPoints: "never", spanNulls: false,
        thresholdsStyle: {mode: "off"}
      }
    }
  | .options = {
      legend: {calcs: ["lastNotNull", "max"], displayMode: "table", placement: "bottom", showLegend: true},
      tooltip: {mode: "multi", sort: "desc"}
    }
  | .gridPos = {w: 8, h: 8};
# A bar for each interval: for what should never happen, and would be a line too thin to be seen.
def bars: .fieldConfig.defaults.custom += {drawStyle: "bars", fillOpacity: 100};

# One figure, coloured by its limits.
def figure($title; $unit; $description; $queries):
  panel("stat"; $title; $unit; $description; $queries)
  | .fieldConfig.defaults.color = {mode: "thresholds"}
  | .options = {
      colorMode: "background", graphMode: "area", justifyMode: "auto", orientation: "auto",
      reduceOptions: {calcs: ["lastNotNull"], fields: "", values: false}, textMode: "value"
    }
  | .gridPos = {w: 3, h: 4};

def limits($steps):
  .fieldConfig.defaults.thresholds.steps += [$steps | to_entries[] | {color: .key, value: .value}]
  | .fieldConfig.defaults.thresholds.steps |= sort_by(.value)
  | if .type == "timeseries" then .fieldConfig.defaults.custom.thresholdsStyle.mode = "dashed" else . end;
# Good is what lies between.
def between($low; $high):
  limits({green: $low, orange: $high}) | .fieldConfig.defaults.thresholds.steps[0].color = "red";

# A row that not every deployment has a use for is collapsed.
def rows: [
  {title: "The sale", panels: [
    (figure("People waiting"; "short"; "At the chosen events.";
      [query("sum(max by (event) (usher_queue_length{$pods, event=~\"$event\"}))"; "waiting")])
      | .gridPos.w = 4),
    (figure("Admissions"; "ops"; "People let in a second, at all events.";
      [query(per_second("";
          "usher_queue_operations_total{$pods, operation=\"enter\", outcome=\"granted\"}"); "admitted")])
      | .gridPos.w = 4),
    (figure("Called"; "short"; "People whose turn it is, at the chosen events.";
      [query("sum(max by (event) (usher_queue_ready{$pods, event=~\"$event\"}))"; "called")])
      | .gridPos.w = 4),
    (figure("Inside"; "short"; "People inside the shop, at the chosen events.";
      [query("sum(max by (event) (usher_inside{$pods, event=~\"$event\"}))"; "inside")])
      | .gridPos.w = 4),
    (figure("Wait"; "s"; "The median time from joining to being let in, of those let in.";
      [query(percentile(0.5; "le"; "usher_queue_wait_duration_seconds"); "wait")])
      | .gridPos.w = 4),
    (figure("Promised ÷ kept"; "none";
      "Wait promised at joining ÷ wait until the call, the median; 1 is honest. Alert: UsherETADishonest.";
      [query(percentile(0.5; "le"; "usher_queue_eta_error_ratio"); "promised")])
      | between(0.5; 2) | .gridPos.w = 4),
    graph("People waiting"; "short";
      "The length of each line. Alert: UsherLineStuck, when people wait, their turn has come and
       nobody is let in.";
      [query("max by (event) (usher_queue_length{$pods, event=~\"$event\"})"; "{{event}}")]),
    graph("Admission rate"; "ops";
      "People let in a second at each event, as a moving average, and the rate that is in force. Alert:
       UsherLineStuck.";
      [query("max by (event) (usher_queue_admission_rate{$pods, event=~\"$event\"})"; "{{event}}"),
       query("max by (event) (usher_event_rate{$pods, event=~\"$event\"})"; "{{event}}: in force")]),
    graph("Inside"; "short";
      "People inside, and the most who may be, where there is a limit. Alert: UsherInsideFull.";
      [query("max by (event) (usher_inside{$pods, event=~\"$event\"})"; "{{event}}"),
       query("max by (event) (usher_inside_limit{$pods, event=~\"$event\"})"; "{{event}}: limit")]),
    graph("Wait"; "s"; "Time from joining to being let in, of those let in.";
      [p50_and_p99(""; "wait"; "usher_queue_wait_duration_seconds")]),
    (graph("Wait promised ÷ kept"; "none";
      "Wait promised at joining ÷ wait until the call, pauses left out; 1 is honest, 2 is twice too
       long. Alert: UsherETADishonest, on the median.";
      [query(percentile(0.5; "le"; "usher_queue_eta_error_ratio"); "median"),
       query(percentile(0.1; "le"; "usher_queue_eta_error_ratio"); "P10"),
       query(percentile(0.9; "le"; "usher_queue_eta_error_ratio"); "P90")])
      | between(0.5; 2)),
    graph("Promises kept"; "percentunit";
      "The share of the waits that ended within the interval that was promised at joining, before and
       after it, pauses left out. Nine in ten are meant to be kept.";
      [query("sum by (outcome) (rate(usher_queue_promises_total{$pods}[$__rate_interval])) / ignoring (outcome) group_left sum(rate(usher_queue_promises_total{$pods}[$__rate_interval]))";
         "{{outcome}}")]),
    graph("State"; "short";
      "What each event's door does. Alerts: UsherEventPaused, when people wait for a quarter of an hour;
       UsherEventNotOpen, when opens_at has passed.";
      [query("max by (event, state) (usher_event_state{$pods, event=~\"$event\"}) == 1"; "{{event}} {{state}}")])
  ]},

  {title: "The line", panels: [
    graph("Tokens in the bucket"; "short";
      "How many people may be called at once. At 0 the line moves as fast as the bucket refills. Alert:
       UsherLineStuck.";
      [query("min by (event) (usher_queue_tokens_available{$pods, event=~\"$event\"})"; "{{event}}"),
       query("max by (event) (usher_event_burst{$pods, event=~\"$event\"})"; "{{event}}: burst in force")]),
    graph("Called"; "short";
      "People whose turn it is, and who may enter. Alert: UsherLineStuck, when nobody does.";
      [query("max by (event) (usher_queue_ready{$pods, event=~\"$event\"})"; "{{event}}")]),
    graph("No-shows"; "ops";
      "Calls a second that ended without the person. Alert: UsherNoShowsHigh, when they are more than
       those who enter.";
      [query("max by (event) (rate(usher_queue_no_shows_total{$pods, event=~\"$event\"}[$__rate_interval]))"; "{{event}}")]),
    graph("Until it opens"; "s"; "The time until each event's opens_at, where one is set; 0 from then on. Alert: UsherEventNotOpen.";
      [query("clamp_min(max by (event) (usher_event_opens_timestamp_seconds{$pods, event=~\"$event\"}) - time(), 0)"; "{{event}}")]),
    graph("Sessions"; "ops"; "Sessions a second that began and ended, by what ended them.";
      [query(per_second("outcome"; "usher_sessions_total{$pods}"); "{{outcome}}")]),
    (graph("Overtaken"; "ops";
      "People a second who were let in before one who stood ahead: by a return after the call, or by a
       fault. Alert: UsherOvertaken.";
      [query("max by (event, cause) (rate(usher_queue_overtakes_total{$pods, event=~\"$event\"}[$__rate_interval]))";
         "{{event}} {{cause}}")])
      | bars),
    (graph("Paused by a setting that makes no sense"; "short";
      "1 where somebody wrote a value into Redis that makes no sense: nobody is let in. Alert:
       UsherEventSettingsInvalid.";
      [query("max by (event) (usher_event_settings_invalid{$pods, event=~\"$event\"})"; "{{event}}")])
      | limits({red: 0})),
    graph("Parked and resumed"; "ops";
      "People a second who stopped polling and were taken out of line, and who came back to their
       place.";
      [query(per_second(""; "usher_queue_parked_total{$pods}"); "parked"),
       query(per_second(""; "usher_queue_resumed_total{$pods}"); "resumed")]),
    (graph("Operations"; "ops"; "What came of each operation.";
      [query(per_second("operation, outcome"; "usher_queue_operations_total{$pods}"); "{{operation}} {{outcome}}")])
      | .gridPos.w = 24)
  ]},

  {title: "Seats and stock", isOptional: true, panels: [
    graph("Seats"; "short"; "What the seats of the chosen events are.";
      [query("sum by (state) (max by (event, state) (usher_seats{$pods, event=~\"$event\"}))"; "{{state}}")]),
    (graph("Seats that do not agree"; "short";
      "Seats by which inventory, map and holds disagree. Alert: UsherSeatsInconsistent.";
      [query("max by (event) (usher_seats_inconsistent{$pods, event=~\"$event\"})"; "{{event}}")])
      | limits({red: 0})),
    graph("Stock left"; "short"; "How many of each item are left.";
      [query("max by (event, item) (usher_stock_remaining{$pods, event=~\"$event\"})"; "{{event}} {{item}}")]),
    graph("Operations on seats and stock"; "ops";
      "What came of them, in all pods; expire counts holds that ended by themselves.";
      [query(per_second("operation, outcome"; "usher_seat_operations_total{$pods}"); "{{operation}} {{outcome}}")]),
    graph("Time of a hold"; "s"; "From holding seats to giving them back or buying them.";
      [p50_and_p99(""; "held"; "usher_seat_hold_duration_seconds")])
  ]},

  {title: "Delivery", isOptional: true, panels: [
    (graph("Age of the oldest sale not delivered"; "s"; "0 where the sink has all. Alert: UsherRelayLagHigh.";
      [query("max by (event, sink) (usher_relay_lag_seconds{$pods, event=~\"$event\"})"; "{{event}} {{sink}}")])
      | limits({orange: 30, red: 300})),
    graph("Deliveries"; "ops"; "Entries that the sink has taken.";
      [query(per_second("sink"; "usher_relay_delivered_total{$pods}"); "{{sink}}")]),
    graph("Dead letters"; "short"; "What could not be delivered, by why. Alert: UsherRelayDeadLetters.";
      [query("sum by (sink, reason) (increase(usher_relay_dead_letters_total{$pods}[$__rate_interval]))"; "{{sink}} {{reason}}")]),
    graph("Time of a write"; "s"; "From handing entries to the sink to knowing that they are committed.";
      [p50_and_p99("sink"; "{{sink}}"; "usher_relay_write_duration_seconds")]),
    graph("Writes that failed"; "ops"; "They are repeated; fenced ones are another relay's by then.";
      [query(per_second("sink"; "usher_relay_write_failures_total{$pods}"); "{{sink}} failed"),
       query(per_second("instance"; "usher_relay_fenced_total{$pods}"); "{{instance}} fenced")]),
    graph("Connections to the sink"; "short"; "Open ones, those with a query under way, and the most there may be.";
      [query("sum(usher_relay_pool_connections{$pods})"; "open"),
       query("sum(usher_relay_pool_in_use{$pods})"; "in use"),
       query("sum(usher_relay_pool_max_connections{$pods})"; "most")]),
    graph("Relays"; "short"; "Streams that each delivers, and whether it is ready. Alert: UsherRelayMissing.";
      [query("usher_relay_streams_held{$pods}"; "{{instance}} streams"),
       query("usher_relay_ready{$pods}"; "{{instance}} ready")])
  ]},

  {title: "Requests", panels: [
    (figure("Pods not ready"; "short"; "Pods that get no traffic. Alert: UsherPodsNotReady.";
      [query("sum(1 - min by (job, instance) (usher_ready{$pods}))"; "not ready")])
      | limits({orange: 1, red: 6}) | .gridPos.w = 8),
    (figure("Errors"; "percentunit";
      "Requests answered with a 5xx, full lines left out. Alert: UsherErrorRateHigh.";
      [query(error_ratio; "errors")])
      | limits({red: 0.05}) | .gridPos.w = 8),
    (figure("Status, P95"; "s";
      "95 % of those who ask for their place know it within this time. Alert:
       UsherStatusLatencyHigh.";
      [query(percentile(0.95; "le"; "usher_http_request_duration_seconds{route=\"status\"}"); "status")])
      | limits({orange: 0.5}) | .gridPos.w = 8),
    graph("Requests by route"; "reqps"; "Answers a second.";
      [query(per_second("route"; "usher_http_requests_total{$pods}"); "{{route}}")]),
    graph("Requests by code"; "reqps"; "Answers a second.";
      [query(per_second("code"; "usher_http_requests_total{$pods}"); "{{code}}")]),
    (graph("Errors"; "percentunit";
      "Requests answered with a 5xx, full lines left out. Alert: UsherErrorRateHigh.";
      [query(error_ratio; "errors")])
      | limits({red: 0.05})),
    graph("P50"; "s"; "Half of the answers are at least as quick.";
      [query(latency(0.5); "{{route}}")]),
    (graph("P95"; "s";
      "95 % of the answers are at least as quick. Alert: UsherStatusLatencyHigh (status),
       UsherRequestLatencyHigh (all).";
      [query(latency(0.95); "{{route}}")])
      | limits({orange: 0.5, red: 1})),
    graph("P99"; "s"; "99 % of the answers are at least as quick.";
      [query(latency(0.99); "{{route}}")]),
    (graph("Error budget burn"; "none";
      "How many times faster than 99.9 % allows the errors come; at 1 a month's budget lasts a
       month. Alert: UsherErrorBudgetBurn, when it lasts.";
      [query("(\(error_ratio)) / 0.001"; "burn rate")])
      | limits({orange: 6, red: 14.4})),
    graph("In flight"; "short"; "Requests being worked on or waiting for room, and open client connections.";
      [query("sum(usher_http_requests_in_flight{$pods})"; "requests"),
       query("sum(usher_http_connections{$pods})"; "connections")]),
    graph("Refused"; "reqps"; "Requests refused to protect the rest, by reason.";
      [query(per_second("reason"; "usher_http_requests_shed_total{$pods}"); "{{reason}}")])
  ]},

  {title: "Redis pool", panels: [
    (figure("Fullest pool"; "percentunit";
      "Connections to Redis in use or waited for, in the pod that has the fewest left. Alert:
       UsherRedisPoolSaturated.";
      [query("max(\(pool_demand))"; "in use")])
      | limits({orange: 0.8, red: 0.9}) | .gridPos.w = 8),
    (figure("KEYS calls"; "short";
      "Calls of KEYS by anybody, on any Redis node, since usher began to watch. Alert:
       UsherKeysCommandSeen.";
      [query("sum(max by (node) (usher_redis_server_commands_total{$pods, cmd=\"keys\"}))"; "KEYS")])
      | limits({red: 1}) | .gridPos.w = 8),
    (figure("Redis nodes down"; "short";
      "Nodes that fewer than half of the pods reach. Alert: UsherRedisDown.";
      [query("sum(avg by (node) (usher_redis_server_up{$pods}) < bool 0.5)"; "down")])
      | limits({red: 1}) | .gridPos.w = 8),
    (graph("Demand"; "percentunit";
      "Connections in use or waited for, in the pod that has the fewest left. Alert:
       UsherRedisPoolSaturated.";
      [query("max by (node) (\(pool_demand))"; "{{node}}")])
      | limits({orange: 0.8, red: 0.9})),
    graph("Connections"; "short"; "In use, idle, and the most there may be, in all pods.";
      [query("sum by (node, state) (usher_redis_pool_connections{$pods})"; "{{node}} {{state}}"),
       query("sum by (node) (usher_redis_pool_connections_max{$pods})"; "{{node}} max")]),
    graph("Waiting for a connection"; "short"; "Commands that found no room.";
      [query("sum by (node) (usher_redis_pool_pending_requests{$pods})"; "{{node}}")]),
    graph("Wait for a connection"; "s"; "How long commands that found no room waited.";
      [p50_and_p99("node"; "{{node}}"; "usher_redis_pool_wait_duration_seconds")]),
    (graph("Waited in vain"; "ops";
      "Commands a second that got no connection in time. Alert: UsherRedisPoolTimeouts.";
      [query(per_second("node"; "usher_redis_pool_timeouts_total{$pods}"); "{{node}}")])
      | bars | limits({red: 0})),
    graph("Opened and closed"; "ops";
      "Connections a second. Many of both: something on the way drops them.";
      [query(per_second("node"; "usher_redis_pool_connections_opened_total{$pods}"); "{{node}} opened"),
       query(per_second("node, reason"; "usher_redis_pool_connections_closed_total{$pods}");
         "{{node}} closed: {{reason}}")]),
    graph("Commands, P99"; "s"; "Time from writing a command to its reply.";
      [query(percentile(0.99; "le, cmd"; "usher_redis_command_duration_seconds"); "{{cmd}}")]),
    graph("Scripts, P99"; "s"; "Time from writing a script call to its reply.";
      [query(percentile(0.99; "le, script"; "usher_redis_script_duration_seconds"); "{{script}}")]),
    (graph("Failed commands"; "ops"; "Commands and script calls a second that failed, by error.";
      [query(per_second("cmd, error"; "usher_redis_command_errors_total{$pods}"); "{{cmd}} {{error}}"),
       query(per_second("script, error"; "usher_redis_script_errors_total{$pods}"); "{{script}} {{error}}")])
      | bars)
  ]},

  {title: "Redis servers", panels: [
    (graph("KEYS"; "ops"; "Calls a second, by anybody. Alert: UsherKeysCommandSeen.";
      [query(per_node("node"; "usher_redis_server_commands_total{$pods, cmd=\"keys\"}"); "{{node}}")])
      | bars | limits({red: 0})),
    (graph("Dangerous commands"; "ops";
      "Calls a second of SMEMBERS, FLUSHALL and FLUSHDB, by anybody. Alert:
       UsherDangerousCommandSeen.";
      [query(per_node("node, cmd";
          "usher_redis_server_commands_total{$pods, cmd=~\"smembers|flushall|flushdb\"}"); "{{node}} {{cmd}}")])
      | bars | limits({orange: 0})),
    graph("Commands"; "ops"; "Calls a second of each command that is counted, by anybody.";
      [query(per_node("node, cmd"; "usher_redis_server_commands_total{$pods}"); "{{node}} {{cmd}}")]),
    (graph("CPU"; "percentunit"; "Of the one CPU that serves commands. Alert: UsherRedisCPUHigh.";
      [query("max by (node) (sum without (mode) (
          rate(usher_redis_server_cpu_seconds_total{$pods}[$__rate_interval])))"; "{{node}}")])
      | limits({orange: 0.8})),
    (graph("Memory in use"; "percentunit";
      "Of maxmemory; nothing to see where there is no limit. Alert: UsherRedisMemoryHigh.";
      [query("max by (node) (usher_redis_server_memory_used_bytes{$pods}
          / (usher_redis_server_memory_max_bytes{$pods} > 0))"; "{{node}}")])
      | limits({orange: 0.8, red: 0.9})),
    graph("Memory"; "bytes"; "In use, and maxmemory where there is one.";
      [query("max by (node) (usher_redis_server_memory_used_bytes{$pods})"; "{{node}}"),
       query("max by (node) (usher_redis_server_memory_max_bytes{$pods}) > 0"; "{{node}} max")]),
    (graph("Evictions"; "ops";
      "Keys thrown away a second; each may be a whole line. Alert: UsherRedisEvicting.";
      [query(per_node("node"; "usher_redis_server_evicted_keys_total{$pods}"); "{{node}}")])
      | bars | limits({red: 0})),
    graph("Eviction policy"; "bool_yes_no";
      "Whether maxmemory-policy is noeviction. Alert: UsherRedisEvictionPolicy.";
      [query("min by (node) (usher_redis_server_noeviction{$pods})"; "{{node}} noeviction")]),
    (graph("Clock"; "s";
      "Each node's clock less that of the pod that is furthest from it, and how often it was set.
       Alert: UsherRedisClockSkewed.";
      [query("max by (node) (abs(usher_redis_clock_skew_seconds{$pods}))"; "{{node}} apart"),
       query("max by (node) (increase(usher_redis_clock_steps_total{$pods}[$__rate_interval]))"; "{{node}} steps")])
      | limits({orange: 1})),
    graph("Clients"; "short"; "Clients of each Redis node, whoever they are.";
      [query("max by (node) (usher_redis_server_connected_clients{$pods})"; "{{node}}")])
  ]},

  {title: "Redis cluster and sentinels", isOptional: true, panels: [
    graph("Sent elsewhere"; "ops";
      "Commands a second that a node sent elsewhere (moved, ask) or put off (tryagain). moved ends
       when usher has asked who serves what, ask and tryagain when the slots have moved.";
      [query(per_second("kind"; "usher_redis_redirects_total{$pods}"); "{{kind}}")]),
    graph("Sent once more"; "ops";
      "Commands a second that were sent once more, by why, and those that were not, because a tenth
       of all had been. Alert: UsherRedisRetriesRefused, when it lasts.";
      [query(per_second("reason"; "usher_redis_retries_total{$pods}"); "{{reason}}"),
       query(per_second(""; "usher_redis_retries_refused_total{$pods}"); "refused")]),
    graph("Who serves what"; "ops";
      "Times a second that the cluster or its sentinels were asked, and what came of it. Alert:
       UsherRedisTopologyUnknown, when nobody answers.";
      [query(per_second("result"; "usher_redis_topology_refreshes_total{$pods}"); "{{result}}")])
  ]},

  {title: "Health and circuit", panels: [
    (graph("Pods"; "short";
      "Ready, not ready, and not answering Prometheus. Alert: UsherPodsNotReady (more than five,
       or half), UsherMissing.";
      [query("sum(min by (job, instance) (usher_ready{$pods}))"; "ready"),
       query("sum(1 - min by (job, instance) (usher_ready{$pods}))"; "not ready"),
       query("sum(1 - up{$pods})"; "not answering")])
      | limits({red: 5})),
    graph("Health check"; "s";
      "Twice the P99 of each check in the slowest pod, and the time it may take. Alert:
       UsherProbeBudgetLow, when the first is above the second.";
      [query("2 * max by (check) (histogram_quantile(0.99,
          rate(usher_health_check_duration_seconds_bucket{$pods}[$__rate_interval])))"; "{{check}} 2 × P99"),
       query("min by (check) (usher_health_check_timeout_seconds{$pods})"; "{{check}} timeout")]),
    graph("Checks that fail"; "short"; "Pods in which the last check failed.";
      [query("sum by (check) (1 - usher_health_check_up{$pods})"; "{{check}}")]),
    (graph("Circuits open"; "percentunit";
      "Share of the pods that have given up on a Redis node for now. Alert: UsherCircuitOpen.";
      [query("avg by (node) (usher_redis_circuit_state{$pods, state=\"open\"} > bool 0)"; "{{node}}")])
      | limits({red: 0.5})),
    graph("Circuit transitions"; "ops"; "Changes a second, in all pods.";
      [query(per_second("node, state"; "usher_redis_circuit_transitions_total{$pods}"); "{{node}} to {{state}}")]),
    (graph("Redis reached"; "percentunit";
      "Share of the pods that reach each Redis node. Alert: UsherRedisDown.";
      [query("avg by (node) (usher_redis_server_up{$pods})"; "{{node}}")])
      | limits({green: 0.5}) | .fieldConfig.defaults.thresholds.steps[0].color = "red")
  ]},

  {title: "Process", panels: [
    graph("CPU"; "percentunit"; "CPUs in use by each pod; 200 % is two.";
      [query("sum by (instance) (rate(process_cpu_seconds_total{$pods}[$__rate_interval]))"; "{{instance}}")]),
    graph("Memory"; "bytes";
      "Resident memory, and the most that the connections of the last day explain. Alert:
       UsherMemoryHigh, when the first is above the second.";
      [query("process_resident_memory_bytes{$pods}"; "{{instance}}"),
       query("2 * 1024 * (64 * 1024 + 40 * max_over_time(usher_http_connections{$pods}[1d]))";
         "{{instance}} limit")]),
    (graph("File descriptors"; "percentunit";
      "Of those that the process may have. Alert: UsherFileDescriptorsLow.";
      [query("process_open_fds{$pods} / (process_max_fds{$pods} > 0)"; "{{instance}}")])
      | limits({orange: 0.8})),
    (graph("Loop lag, P99"; "s";
      "How long what a loop serves waits for its turn. Alert: UsherLoopLagHigh.";
      [query(percentile(0.99; "le, instance, loop"; "usher_loop_lag_seconds"); "{{instance}} {{loop}}")])
      | limits({orange: 0.1})),
    graph("Age"; "s"; "Time since the process started; a line that falls to 0 is a restart.";
      [query("time() - process_start_time_seconds{$pods}"; "{{instance}}")]),
    graph("Versions"; "short"; "Pods of each version.";
      [query("count by (version, revision) (usher_build_info{$pods})"; "{{version}} {{revision}}")])
  ]}
];

# Grafana's form.

# Panels in a row stand side by side as long as they fit into the 24 columns.
def placed($y):
  reduce .[] as $panel ({x: 0, y: $y, bottom: $y, panels: []};
    (if .x + $panel.gridPos.w > 24 then {x: 0, y: .bottom} else {x, y} end) as $at
    | .panels += [$panel | .gridPos += $at]
    | .bottom = ([.bottom, $at.y + $panel.gridPos.h] | max)
    | .x = $at.x + $panel.gridPos.w
    | .y = $at.y)
  | {panels, bottom};

# Panels in a collapsed row are numbered behind all others.
def numbered:
  length as $count
  | [to_entries[] | {id: (.key + 1)} + .value
      | .id as $row
      | if .panels then .panels |= [to_entries[] | {id: ($count + 100 * $row + .key)} + .value] else . end];

def chosen($name; $caption; $values):
  {
    type: "query",
    name: $name,
    label: $caption,
    datasource: prometheus,
    definition: $values,
    query: {query: $values, refId: $name},
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: ".+",
    current: {text: ["All"], value: ["$__all"]}
  };

{
  uid: "usher",
  title: "usher",
  description: "The waiting room at the door: the line, the requests, and the Redis behind them.",
  tags: ["usher"],
  schemaVersion: 39,
  version: 1,
  editable: true,
  graphTooltip: 1,
  refresh: "10s",
  time: {from: "now-1h", to: "now"},
  timezone: "browser",
  templating: {
    list: [
      {type: "datasource", name: "datasource", label: "Data source", query: "prometheus", refresh: 1},
      chosen("job"; "Job"; "label_values({__name__=~\"usher_build_info|usher_relay_build_info\"}, job)"),
      chosen("instance"; "Pod"; "label_values({__name__=~\"usher_build_info|usher_relay_build_info\", job=~\"$job\"}, instance)"),
      chosen("event"; "Event"; "label_values({__name__=~\"usher_queue_length|usher_seats|usher_stock_remaining\", job=~\"$job\", instance=~\"$instance\"}, event)")
    ]
  },
  annotations: {
    list: [
      {
        name: "Alerts",
        datasource: prometheus,
        enable: true,
        iconColor: "red",
        expr: "ALERTS{alertname=~\"Usher.+\", alertstate=\"firing\", job=~\"$job\"}",
        titleFormat: "{{alertname}} ({{severity}})",
        textFormat: "{{node}} {{event}} {{route}} {{instance}}",
        step: "15s"
      }
    ]
  },
  panels: (
    reduce rows[] as $row ({y: 0, panels: []};
      .y as $y
      | ($row.panels | placed($y + 1)) as $content
      | {type: "row", title: $row.title, collapsed: ($row.isOptional == true), panels: [],
          gridPos: {x: 0, y: $y, w: 24, h: 1}} as $head
      | if $head.collapsed
        then .panels += [$head + $content] | .panels[-1] |= del(.bottom) | .y = $y + 1
        else .panels += [$head] + $content.panels | .y = $content.bottom
        end)
    | .panels | numbered)
}
