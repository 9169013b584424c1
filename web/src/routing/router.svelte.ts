import { matchRoute, type Route } from './routes';

class Router {
  path = $state(location.pathname);
  route: Route = $derived(matchRoute(this.path));
}

/** Where the app is. */
export const router = new Router();

/** What is kept with each step of the browser's history. */
interface Step {
  /** The page before it is one of the app. */
  readonly fromApp?: boolean;
  /** How far the page was scrolled when it was left. */
  readonly scrollTop?: number;
}

function currentStep(): Step {
  const state: unknown = history.state;
  return typeof state === 'object' && state !== null ? state : {};
}

/** Goes to a path of the app; with `replace` the page before is forgotten. */
export function navigate(path: string, options: { replace?: boolean } = {}): void {
  if (path === location.pathname) return;
  if (options.replace) history.replaceState(history.state, '', path);
  else {
    history.replaceState({ ...currentStep(), scrollTop: scrollY }, '');
    history.pushState({ fromApp: true } satisfies Step, '', path);
  }
  router.path = location.pathname;
}

/** Goes back where the app came from, or to this path where it was opened here. */
export function goBack(otherwise: string): void {
  if (currentStep().fromApp) history.back();
  else navigate(otherwise, { replace: true });
}

/** How far a page was scrolled when it was left; 0 where it is new. */
export function leftAt(): number {
  return currentStep().scrollTop ?? 0;
}

/** Scrolls a page that has just been filled to where it was left, or to its top where it is new. */
export function restoreScroll(): void {
  scrollTo({ top: leftAt(), behavior: 'instant' });
}

/** Follows the browser's buttons and the links of the page. */
export function startRouting(): void {
  // Pages fill after they are shown: the browser's own attempt would come too early.
  history.scrollRestoration = 'manual';
  addEventListener('popstate', () => (router.path = location.pathname));
  addEventListener('click', (event) => {
    const link = linkOf(event);
    if (!link) return;
    event.preventDefault();
    navigate(link.pathname);
  });
}

/** The link that a plain click follows inside the app. */
function linkOf(event: MouseEvent): HTMLAnchorElement | undefined {
  const changed = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (event.defaultPrevented || event.button !== 0 || changed) return undefined;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  const inApp =
    link?.origin === location.origin && !link.target && !link.hasAttribute('download') && !link.hash;
  return link && inApp ? link : undefined;
}
