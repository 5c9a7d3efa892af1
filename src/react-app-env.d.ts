/// <reference types="react-scripts" />
/// <reference path="../types/index.d.ts" />
