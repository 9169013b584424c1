import { mount } from 'svelte';
import { router } from '../routing/router.svelte';
import GuestApp from './GuestApp.svelte';
import { Visit } from './visit.svelte';

/** Shows what the link in the address lets a guest see. */
export function startVisit(target: HTMLElement): void {
  if (router.route.page !== 'shared') throw new Error('the address is no link for guests');
  const visit = new Visit(router.route.key);
  mount(GuestApp, { target, props: { visit } });
  void visit.open('');
}
