import Workflow

/// What an answer means, and what it leads to.
extension Parcel {
    mutating func take(
        _ answer: SendAnswer, latency: Microseconds, _ desk: ChannelDesk, disabled: Set<String>,
        now: Microseconds
    ) -> Action {
        guard let out else { return .none }
        self.out = nil
        memo.wasTried = true
        let entry = request.channels[place]
        let verdict = out.channel.verdict(on: answer, to: out.request, for: out.notice, now: now)
        if let (limit, rest) = out.channel.usedUp(answer, by: out.request) { held = (limit, now + rest) }
        if case .next(var request) = verdict {
            request.isGuarded = entry.isWebhook
            self.out = Out(channel: out.channel, notice: out.notice, request: request, at: now)
            return .send(request)
        }
        record(verdict, out.notice.kind, entry, answer.code, latency, out.at)
        switch verdict {
        case .delivered(let left, let isWhole): return delivered(left, isWhole, out.notice.kind, entry, now, desk)
        case .retry(let why, let after, let holding, let counts):
            if let holding, let after { held = (holding, now + after) }
            return later(why, after, counts, out, now, desk, disabled)
        case .disabled(let why):
            if case .webhook(let url, _) = entry.target { disabledURL = (url, why) }
            leave(entry, out.notice.kind, "closed", why)
        case .expired(let why): leave(entry, out.notice.kind, "expired", why)
        case .closed(let why): leave(entry, out.notice.kind, "closed", why)
        case .refused(let why): leave(entry, out.notice.kind, "refused", why)
        case .next: break
        }
        return next(desk, disabled: disabled, now: now)
    }

    mutating func delivered(
        _ left: String?, _ isWhole: Bool, _ kind: Notice.Kind, _ entry: ChannelRequest, _ now: Microseconds,
        _ desk: ChannelDesk
    ) -> Action {
        if let left { memo.left[place] = left }
        memo.limitedSince = nil
        events.append(
            .delivered(
                runID: owed.runID, channel: entry.name, kind: kind,
                lateness: owed.lateness + max(now - owed.claimedAt, 0)))
        guard owed.kind == .watch else { return .note(isWhole ? note(.delivered) : told()) }
        if kind == .early { memo.warned.insert(place) } else { noteTold(now) }
        return watchNext(desk, now)
    }

    mutating func noteTold(_ now: Microseconds) {
        memo.toldAt = now
        memo.told += 1
        if case .percent(let share) = request.channels[place].progress {
            memo.percent = news.tasks.percent / share * share
        }
    }

    /// Not now. A notice of progress is not worth a second try: the next one comes anyway.
    mutating func later(
        _ why: String, _ after: Microseconds?, _ counts: Bool, _ out: Out, _ now: Microseconds, _ desk: ChannelDesk,
        _ disabled: Set<String>
    ) -> Action {
        if out.notice.kind == .progress {
            noteTold(now)
            return .note(waiting(max(after ?? limits.watchLook, 1_000_000)))
        }
        if counts { tries += 1 }
        memo.firstError = memo.firstError ?? why
        guard let delay = out.channel.delay(afterTry: max(tries, 1), draw: draw),
            counts || isBorne(after ?? delay, by: out.channel, now)
        else {
            leave(request.channels[place], out.notice.kind, "given up", why)
            return next(desk, disabled: disabled, now: now)
        }
        // A try that counts is never sooner than its plan: else a receiver could use all of them up in seconds.
        return .note(waiting(counts ? max(after ?? 0, delay) : after ?? delay))
    }

    /// A limit of the receiver's is reached before anything was sent.
    mutating func held(for wait: Microseconds, _ desk: ChannelDesk, _ disabled: Set<String>, _ now: Microseconds)
        -> Action
    {
        guard let out, out.notice.kind != .progress, !isBorne(wait, by: out.channel, now) else {
            return .note(waiting(wait))
        }
        self.out = nil
        memo.wasTried = true
        leave(
            request.channels[place], out.notice.kind, "given up", "a limit of the receiver's was reached all the time")
        return next(desk, disabled: disabled, now: now)
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
