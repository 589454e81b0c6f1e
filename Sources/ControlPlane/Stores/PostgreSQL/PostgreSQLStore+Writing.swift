public import Reconciliation

extension PostgreSQLStore {
  @discardableResult
  public func append(_ drafts: [AuditDraft], to workspace: String, under lease: Lease) throws(RecordStoreError)
    -> AuditHead
  {
    let lock = schema.lock("audit", workspace)
    return try write("append to the audit log of", workspace) { transaction throws(CallError) in
      let standing = try transaction.stand(taking: lock, lease: lease.name, workspace: workspace)
      try standing.check(lease)
      return try transaction.append(drafts, to: workspace, after: standing.head, at: standing.now)
    }
  }

  public func commit(_ writes: [RecordWrite], as context: WriteContext, under lease: Lease) throws(RecordStoreError)
    -> [WriteResult]
  {
    let lock = schema.lock("audit", context.workspace)
    return try write("write the records of", context.workspace) { transaction throws(CallError) in
      let standing = try transaction.stand(taking: lock, lease: lease.name, workspace: context.workspace)
      try standing.check(lease)
      let results = try transaction.make(writes, as: context, at: standing.now)
      let drafts = zip(writes, results).map { $0.draft(for: $1, as: context) }
      _ = try transaction.append(drafts, to: context.workspace, after: standing.head, at: standing.now)
      return results
    }
  }
}

// MARK: Leases

extension PostgreSQLStore {
  /// The server cannot know whether a holder is dead, so only time ends its lease.
  public func acquireLease(_ name: String, holder: String, timeToLive: Duration) throws(RecordStoreError) -> Lease {
    // Two who take a lease that never was would both find no row to lock.
    let lock = schema.lock("lease", name)
    let lease = try write("take the lease", name, interruptible: !holdsLease) { transaction throws(CallError) in
      let standing = try transaction.stand(taking: lock, lease: name, workspace: "")
      if let present = standing.lease.holder(of: name, at: standing.now) { throw .refused(.held(present)) }
      let tenure = LeaseState.Tenure(holder: holder, expiresAt: standing.now.advanced(by: timeToLive))
      let lease = Lease(name, tenure, token: standing.lease.token + 1)
      try transaction.put(LeaseState(token: lease.token, tenure: tenure), name)
      return lease
    }
    note(lease, isHeld: true)
    return lease
  }

  public func renew(_ lease: Lease, timeToLive: Duration) throws(RecordStoreError) -> Lease {
    try write("renew the lease", lease.name) { transaction throws(CallError) in
      let standing = try transaction.stand(taking: nil, lease: lease.name, workspace: "")
      try standing.check(lease)
      let tenure = LeaseState.Tenure(holder: lease.holder, expiresAt: standing.now.advanced(by: timeToLive))
      try transaction.put(LeaseState(token: lease.token, tenure: tenure), lease.name)
      return Lease(lease.name, tenure, token: lease.token)
    }
  }

  public func release(_ lease: Lease) throws(RecordStoreError) {
    defer { note(lease, isHeld: false) }
    try write("release the lease", lease.name) { transaction throws(CallError) in
      let standing = try transaction.stand(taking: nil, lease: lease.name, workspace: "")
      guard standing.lease.confirms(lease) else { return }
      try transaction.put(LeaseState(token: lease.token, tenure: nil), lease.name)
    }
  }
}
