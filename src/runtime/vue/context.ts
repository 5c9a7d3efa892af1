/** What a component, or an app, gives to all that is below it. */
import { getCurrentInstance, hasInjectionContext, inject, provide } from 'vue';
import type { App, InjectionKey } from 'vue';

export interface Context<Value> {
  /** Gives the value to everything below the component whose setup calls this, or to the whole app. */
  provide(value: Value, app?: App): void;
  /** What was given above, or by the same component; undefined where nothing was. */
  find(): Value | undefined;
}

/** @param name for developer tools. */
export function createContext<Value>(name: string): Context<Value> {
  const key: InjectionKey<Value> = Symbol(name);
  /** `inject` finds nothing that the same component has provided. */
  const byComponent = new WeakMap<object, Value>();
  return {
    provide(value, app) {
      if (app) return void app.provide(key, value);
      provide(key, value);
      byComponent.set(getCurrentInstance()!, value);
    },
    find() {
      const component = getCurrentInstance();
      const own = component ? byComponent.get(component) : undefined;
      return own ?? (hasInjectionContext() ? inject(key, undefined) : undefined);
    },
  };
}

/** Whose engine the provider above opens, or has open: the key of its lease, or null for a guest and for nobody. */
export const userContext = createContext<{ readonly value: string | null }>('user of zero-backend-sync');
