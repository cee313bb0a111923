/**
 * What one call has open at the SIP server, and the only way from there into the call: whatever the server calls back runs
 * guarded. When a fault has ended the call, its open ends are closed here, without asking machines that may be in mid-step.
 */
import { regardless } from '../../base/guard.js';
import { added, removed } from '../../base/short-list.js';
import type { NotSent } from '../../sip-server/not-sent.js';
import type {
  Authorizer,
  CallSip,
  Capabilities,
  Content,
  DialogUser,
  IncomingRequest,
  InviteToSend,
  InviteUser,
  OutgoingInvite,
  Reply,
  SipServer,
} from '../../sip-server/sip-server.js';
import type { CallGuard } from '../call-context.js';
import { cancelHeaders } from '../reasons.js';
import { OpenDialog } from './open-dialog.js';
import type { AnsweredInvite, Ends, OpenEnd } from './open-end.js';
import { OpenInvite } from './open-invite.js';
import { OpenRequest } from './open-request.js';

const NONE: readonly OpenEnd[] = [];
const isWanted = (open: OpenEnd): boolean => open instanceof OpenInvite && open.isWanted;
const isLeg = (open: OpenEnd): boolean => open instanceof OpenDialog || (open instanceof OpenInvite && open.isLeg);

export class OpenEnds implements CallSip, Ends {
  readonly guard: CallGuard;
  /** Where the BYEs of {@link close} go: a server above this one that answers the trunks' challenges. */
  outer: CallSip;
  callerStatus: number | undefined;
  private readonly sip: SipServer;
  /** Rarely more than three, so that a list costs less than tables. */
  private open: readonly OpenEnd[];
  private whenClosed: (() => void) | undefined;

  constructor(sip: SipServer, guard: CallGuard) {
    this.sip = sip;
    this.guard = guard;
    this.outer = this;
    this.callerStatus = undefined;
    this.open = NONE;
    this.whenClosed = undefined;
  }

  get connected(): boolean {
    return this.sip.connected;
  }

  get capabilities(): Capabilities {
    return this.sip.capabilities;
  }

  invite(invite: InviteToSend, user: InviteUser): OutgoingInvite {
    if (this.open.some(isWanted)) this.guard.violated('one-phone-rings');
    const open = new OpenInvite(this, user, false);
    open.sent = this.sip.invite(invite, open);
    return this.add(open);
  }

  reinvite(dialog: string, content: Content, user: InviteUser): OutgoingInvite {
    const open = new OpenInvite(this, user, true);
    open.sent = this.sip.reinvite(dialog, content, open);
    return this.add(open);
  }

  request(dialog: string, method: string, content: Content, done: (result: Reply | NotSent) => void): void {
    const { guard } = this;
    const { isBroken } = guard;
    this.sip.request(dialog, method, content, (result) => {
      if (method === 'BYE') this.byeAnswered(dialog);
      // What the call asked before a fault ended it is nobody's any more.
      if (guard.isBroken !== isBroken) return;
      try {
        done(result);
      } catch (thrown) {
        guard.fault(thrown);
      }
    });
    if (method === 'BYE') this.find(dialog)?.left();
  }

  targetOf(dialog: string): string | undefined {
    return this.sip.targetOf(dialog);
  }

  attach(dialog: string, user: DialogUser, authorizer?: Authorizer): void {
    const open = this.find(dialog) ?? this.add(new OpenDialog(this, dialog, undefined));
    open.user = user;
    this.sip.attach(dialog, open, authorizer);
  }

  detach(dialog: string): void {
    this.sip.detach(dialog);
    const open = this.find(dialog);
    if (open !== undefined) this.drop(open);
  }

  /**
   * Ends all that is open: INVITEs by CANCEL, dialogs by BYE, requests by a response.
   * @param closed called when nothing more will come
   */
  close(closed: () => void): void {
    this.whenClosed = closed;
    for (const open of this.open) regardless(() => open.close());
    if (this.open.length === 0) this.forget();
  }

  /** The server is gone, and all that was open with it; or enough has been waited. */
  forget(): void {
    const left = this.open;
    this.open = NONE;
    for (const open of left) {
      if (open instanceof OpenDialog) regardless(() => this.sip.detach(open.id));
    }
    const closed = this.whenClosed;
    this.whenClosed = undefined;
    closed?.();
  }

  /** Nothing of the call is left: neither a leg, nor a caller who waits. */
  check(): void {
    if (this.callerStatus === undefined) this.guard.violated('one-final-response');
    if (this.open.some(isLeg)) this.guard.violated('no-ownerless-leg');
  }

  // ── from the open ends ──

  receive(request: IncomingRequest, isInitial: boolean): IncomingRequest {
    const open = this.add(new OpenRequest(this, request, isInitial));
    open.listen();
    return open;
  }

  begin(dialog: string, invite?: AnsweredInvite): OpenEnd {
    const open = this.add(new OpenDialog(this, dialog, invite));
    if (this.guard.isBroken) regardless(() => open.close());
    return open;
  }

  drop(open: OpenEnd): void {
    const left = removed(this.open, open);
    if (left === this.open) return;
    this.open = left;
    if (left.length === 0 && this.whenClosed !== undefined) this.forget();
  }

  listen(dialog: OpenDialog): void {
    this.sip.attach(dialog.id, dialog);
  }

  bye(dialog: string): void {
    const send = (sip: CallSip): void =>
      sip.request(dialog, 'BYE', { headers: cancelHeaders('fault') }, () => this.detach(dialog));
    try {
      send(this.outer);
    } catch {
      send(this);
    }
  }

  private add<End extends OpenEnd>(open: End): End {
    this.open = added(this.open, open);
    return open;
  }

  /** A dialog that nobody is attached to has nobody to detach it. */
  private byeAnswered(dialog: string): void {
    const open = this.find(dialog);
    if (open !== undefined && open.user === undefined) this.drop(open);
  }

  private find(dialog: string): OpenDialog | undefined {
    for (const open of this.open) if (open instanceof OpenDialog && open.id === dialog) return open;
    return undefined;
  }
}
