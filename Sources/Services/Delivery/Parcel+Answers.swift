import Workflow

/// What an answer means, and what it leads to.
extension Parcel {
    mutating func take(_ answer: SendAnswer, latency: Microseconds, _ moment: Moment) -> [Action] {
        guard let out else { return [.note(waiting(0))] }
        self.out = nil
        memo.wasTried = true
        let verdict = out.channel.verdict(on: answer, to: out.request, for: out.notice, now: moment.now)
        if let (limit, rest) = out.channel.usedUp(answer, by: out.request) {
            actions.append(.hold(limit: limit, until: moment.now + rest))
        }
        if case .next(let request) = verdict {
            send(request, out.notice, out.channel, moment.now)
            return taken()
        }
        let attempt = DeliveryTry(
            notice: out.notice.kind, channel: request.channels[place].name, at: out.at, outcome: verdict.word,
            code: answer.code, latency: latency, error: verdict.words)
        attempts.append(attempt)
        actions.append(.tell(.tried(runID: owed.runID, attempt)))
        apply(verdict, out, moment)
        return taken()
    }

    private mutating func apply(_ verdict: Verdict, _ out: Out, _ moment: Moment) {
        let (entry, kind) = (request.channels[place], out.notice.kind)
        switch verdict {
        case .delivered(let left, let isWhole):
            if let left { memo.left[place] = left }
            return delivered(kind, entry, isWhole: isWhole, moment)
        case .retry(let why, let after, let holding, let counts):
            if let holding, let after { actions.append(.hold(limit: holding, until: moment.now + after)) }
            return later(why, after: after, counts: counts, out, moment)
        case .disabled(let why):
            if case .webhook(let url, _) = entry.target { actions.append(.disable(url: url, why: why)) }
            leave(entry, kind, "closed", why)
        case .expired(let why): leave(entry, kind, "expired", why)
        case .closed(let why): leave(entry, kind, "closed", why)
        case .refused(let why): leave(entry, kind, "refused", why)
        case .next: break
        }
        decide(moment)
    }

    private mutating func delivered(
        _ kind: Notice.Kind, _ entry: ChannelRequest, isWhole: Bool, _ moment: Moment
    ) {
        memo.limitedSince = nil
        actions.append(
            .tell(
                .delivered(
                    runID: owed.runID, channel: entry.name, kind: kind,
                    lateness: owed.lateness + max(moment.now - owed.claimedAt, 0))))
        guard owed.kind == .watch else { return isWhole ? actions.append(.note(note(.delivered))) : keepForThem() }
        tries = 0
        if kind == .early { memo.warned.insert(place) } else { noteTold(moment.now) }
        watchNext(moment)
    }

    mutating func noteTold(_ now: Microseconds) {
        memo.toldAt = now
        memo.told += 1
        if case .percent(let share) = request.channels[place].progress {
            memo.percent = news.tasks.percent / share * share
        }
    }

    /// Not now. A notice of progress is not worth a second try: the next one comes anyway.
    private mutating func later(
        _ why: String, after: Microseconds?, counts: Bool, _ out: Out, _ moment: Moment
    ) {
        if out.notice.kind == .progress {
            noteTold(moment.now)
            return actions.append(.note(waiting(max(after ?? limits.watchLook, 1_000_000))))
        }
        if counts { tries += 1 }
        memo.firstError = memo.firstError ?? why
        guard let delay = out.channel.delay(afterTry: max(tries, 1), draw: draw),
            counts || isBorne(after ?? delay, by: out.channel, moment.now)
        else {
            leave(request.channels[place], out.notice.kind, "given up", why)
            return decide(moment)
        }
        // A try that counts is never sooner than its plan: else a receiver could use all of them up in seconds.
        actions.append(.note(waiting(counts ? max(after ?? 0, delay) : after ?? delay)))
    }

    /// A limit of the receiver's is reached before anything was sent.
    mutating func held(for wait: Microseconds, _ moment: Moment) -> [Action] {
        guard let out, out.notice.kind != .progress, !isBorne(wait, by: out.channel, moment.now) else {
            return [.note(waiting(wait))]
        }
        self.out = nil
        memo.wasTried = true
        leave(
            request.channels[place], out.notice.kind, "given up", "a limit of the receiver's was reached all the time")
        return next(moment)
    }

    /// Whether limits have kept the channel from being used for so short a time yet that it may rest once more.
    private mutating func isBorne(_ rest: Microseconds, by channel: any DeliveryChannel, _ now: Microseconds) -> Bool {
        let since = memo.limitedSince ?? now
        memo.limitedSince = since
        return now - since + rest <= channel.patience
    }

    /// From 0 to 1, the same whoever works it out.
    var draw: Double {
        let hash = SHA256.hash(Array("jitter/\(owed.id)/\(tries)".utf8))
        return Double(Int(hash[0]) << 8 | Int(hash[1])) / 65_535
    }
}

extension SendAnswer {
    var code: Int? {
        if case .reply(let reply) = self { reply.status } else { nil }
    }
}

extension Verdict {
    /// As rows and metrics name it.
    var word: String {
        switch self {
        case .delivered: "delivered"
        case .next: "next"
        case .expired: "expired"
        case .closed: "closed"
        case .refused: "refused"
        case .retry: "failed"
        case .disabled: "disabled"
        }
    }

    var words: String? {
        switch self {
        case .delivered, .next: nil
        case .expired(let why), .closed(let why), .refused(let why), .disabled(let why): why
        case .retry(let why, _, _, _): why
        }
    }
}
