import Workflow

/// What is to be told while a run goes on, and when to look again. Pure: times are arguments.
struct WatchPlan {
    enum Step: Equatable {
        case tell(Notice.Kind, place: Int)
        case wait(until: Microseconds)
        /// The run has ended, or nobody can be told anything any more.
        case over
    }

    let limits: CourierLimits
    let request: DeliveryRequest
    let run: WatchedRun?
    let now: Microseconds

    func next(_ memo: DeliveryMemo) -> Step {
        guard let run, !run.status.isFinal else { return .over }
        var times: [Microseconds] = []
        for (place, entry) in request.channels.enumerated() where !memo.closed.contains(place) {
            guard let time = warning(entry, run), !memo.warned.contains(place) else { continue }
            if time <= now { return .tell(.early, place: place) }
            times.append(time)
        }
        if let place = progressPlace(memo), let step = request.channels[place].progress {
            guard let time = progress(step, run, memo) else { return .tell(.progress, place: place) }
            times.append(time)
        }
        return times.min().map { .wait(until: $0) } ?? .over
    }

    /// When a channel whose token ends is to be told; nil for others.
    private func warning(_ entry: ChannelRequest, _ run: WatchedRun) -> Microseconds? {
        guard case .discordInteraction(_, _, let expiresAt) = entry.target else { return nil }
        return (expiresAt.map { $0 - DiscordInteractionChannel.tokenLife } ?? run.createdAt) + limits.warnAfter
    }

    /// The first channel that wants it and can still be told.
    private func progressPlace(_ memo: DeliveryMemo) -> Int? {
        request.channels.indices.first { place in
            request.channels[place].progress != nil && !memo.closed.contains(place) && !memo.warned.contains(place)
        }
    }

    /// When to tell or to look again; nil: now.
    private func progress(_ step: ProgressStep, _ run: WatchedRun, _ memo: DeliveryMemo) -> Microseconds? {
        switch step {
        case .seconds(let seconds):
            let time = (memo.toldAt ?? run.createdAt) + Microseconds(seconds) * 1_000_000
            return time <= now ? nil : time
        case .percent(let share):
            let reached = run.progress.percent / share * share
            return reached > memo.percent ? nil : now + limits.watchLook
        }
    }
}
