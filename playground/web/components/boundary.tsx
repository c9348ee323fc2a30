"use client";

import { Component, type ReactNode, Suspense } from "react";

interface Props {
  children: ReactNode;
}

/** Keeps what is around it alive when a part falls over, as one does that cannot be loaded any more. */
export class Boundary extends Component<Props, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  override render() {
    if (this.state.isBroken)
      return <p role="alert">This could not be loaded. Load the page again when you are online.</p>;
    return <Suspense fallback={<p className="soft">Loading…</p>}>{this.props.children}</Suspense>;
  }
}
