/** Whose engine the provider above opens, or has open: the key of its lease, or null for a guest and for nobody. */
import { createContext } from 'react';

export const UserContext = createContext<string | null>(null);
